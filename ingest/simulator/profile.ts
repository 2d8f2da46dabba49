/**
 * What makes one support organisation unlike another. Shares are on [0, 1]; rates of something that the plain desk
 * does not know are 0 there and then cost no draw of chance, so that its events stay the same, byte for byte.
 */
import type { Shock } from "./shock.ts";
import type { SiteName } from "./site.ts";

export interface DeskProfile {
  /** Contacts that the median agent takes on a day at work. */
  readonly contactsPerAgentDay: number;
  /** A customer's own account events for each contact that the desk takes. */
  readonly accountEventsPerContact: number;
  /** Standard deviation of the logarithm of the agents' paces. */
  readonly paceSd: number;
  /** Range of the gamma shape of an agent's day-to-day factor: low values work in fits and starts. */
  readonly evenness: readonly [number, number];
  readonly sites: readonly SiteName[];
  /** Weight of contacts by customers with a new telephone, who call *and* re-register; the others' weigh 91. */
  readonly lostPhoneWeight: number;
  /** Factor of the share of contacts that begin with a search. */
  readonly searching: number;
  /** Share of contacts that come from a team's own tenants. */
  readonly affinity: number;
  /** Share of idle moments in which an agent takes a contact of another team. */
  readonly helping: number;
  /** Share of steps that go back to a customer helped before, without a ticket. */
  readonly lookingBack: number;
  /** Whether agents go back to customers of earlier shifts too. */
  readonly remembersShifts: boolean;
  /** An agent's share of accesses that forget the ticket: Beta(a, b). Absent: uniform on [0.05, 0.65]. */
  readonly forgetting?: readonly [number, number];
  /** Share of accesses that cite the ticket handled before. */
  readonly mislinkShare: number;
  /** Share of calls whose ticket is written up only after the look. */
  readonly lateLinkShare: number;
  /** Share of ordinary views that say which classes of data they showed. */
  readonly viewFieldsShare: number;
  /** Views a day by service accounts, for each agent. */
  readonly robotViews: number;
  /** The same by one account that the roster calls an agent. */
  readonly hiddenRobotViews: number;
  /** Share of shifts that begin with sorting the queue, up to 44 customers seconds apart. */
  readonly triageShare: number;
  /** Short runs through a handful of customers, for each contact. */
  readonly sweepsPerContact: number;
  /** Share of sign-ins through the company's exits abroad. */
  readonly vpnShare: number;
  /** Share of agents who review others' tickets, open the records behind them and take no contacts. */
  readonly reviewerShare: number;
  /** Share of a fraud analyst's steps that are searches of their own, without a ticket. */
  readonly fraudHuntShare: number;
  /** Share of agents on the night shift. */
  readonly nightShare: number;
  /** Nights out of ten in which a team's on-call agent is called. */
  readonly callOutsPerTenNights: number;
  /** Shares of agents who, at some time of the period, join, leave, change team, change role, get a new machine. */
  readonly joinerShare: number;
  readonly leaverShare: number;
  readonly moverShare: number;
  readonly promotedShare: number;
  readonly newMachineShare: number;
  /** Accounts that two people use. */
  readonly sharedAccounts: number;
  /** Shares of records that are delivered twice, and late. */
  readonly duplicateShare: number;
  readonly lateShare: number;
  readonly shocks: readonly Shock[];
}

/** The desk of the demo. */
export const plainProfile: DeskProfile = {
  contactsPerAgentDay: 12,
  accountEventsPerContact: 0.9,
  paceSd: 0.78,
  evenness: [1.8, 4],
  sites: ["dublin", "new-york", "manila"],
  lostPhoneWeight: 9,
  searching: 1,
  affinity: 0,
  helping: 0.7,
  lookingBack: 0.12,
  remembersShifts: false,
  mislinkShare: 0,
  lateLinkShare: 0,
  viewFieldsShare: 1,
  robotViews: 1.2,
  hiddenRobotViews: 0,
  triageShare: 0.04,
  sweepsPerContact: 0,
  vpnShare: 1 / 250,
  reviewerShare: 0,
  fraudHuntShare: 0,
  nightShare: 0,
  callOutsPerTenNights: 0,
  joinerShare: 0,
  leaverShare: 0,
  moverShare: 0,
  promotedShare: 0,
  newMachineShare: 0,
  sharedAccounts: 0,
  duplicateShare: 0,
  lateShare: 0,
  shocks: [],
};
