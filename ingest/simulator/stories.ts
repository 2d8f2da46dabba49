/** The stories of the benchmark, one line each. */
import { cashApp } from "./misuses/cash-app.ts";
import { celebrity } from "./misuses/celebrity.ts";
import { coinbase } from "./misuses/coinbase.ts";
import { collusion } from "./misuses/collusion.ts";
import { enumeration } from "./misuses/enumeration.ts";
import { mailchimp } from "./misuses/mailchimp.ts";
import { mimic } from "./misuses/mimic.ts";
import { oktaSitel } from "./misuses/okta-sitel.ts";
import { poisoning } from "./misuses/poisoning.ts";
import { robinhood } from "./misuses/robinhood.ts";
import { simSwapInsider } from "./misuses/sim-swap-insider.ts";
import { slowDrip } from "./misuses/slow-drip.ts";
import { ticketLaundering } from "./misuses/ticket-laundering.ts";
import { twilio2022 } from "./misuses/twilio-2022.ts";
import { twitter2015 } from "./misuses/twitter-2015.ts";
import { twitter2020 } from "./misuses/twitter-2020.ts";
import type { Story, StoryId } from "./story.ts";

export const stories: Readonly<Record<StoryId, Story>> = {
  "twilio-2022": twilio2022,
  "twitter-2015": twitter2015,
  "twitter-2020": twitter2020,
  "okta-sitel": oktaSitel,
  mailchimp: mailchimp,
  robinhood: robinhood,
  coinbase: coinbase,
  "cash-app": cashApp,
  celebrity: celebrity,
  "sim-swap-insider": simSwapInsider,
  "slow-drip": slowDrip,
  collusion: collusion,
  mimic: mimic,
  poisoning: poisoning,
  "ticket-laundering": ticketLaundering,
  enumeration: enumeration,
};
