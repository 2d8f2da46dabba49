import type { DeskAgent } from "../roster.ts";
import type { Network } from "../session.ts";

/** Where phished accounts are used from: an address and a network reserved for documentation. */
export const intruderNetwork: Network = { ip: "192.0.2.222", country: "CA", asn: 65_540 };

/** A rented line in the agent's own country, of a provider that no agent uses. */
export const nearbyNetwork = ({ site }: DeskAgent): Network => ({
  ip: `2001:db8:fffe::${site.officeAsn.toString(16)}`,
  country: site.country,
  asn: 65_541,
});
