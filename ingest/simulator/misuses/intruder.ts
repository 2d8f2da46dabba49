import type { Network } from "../session.ts";

/** Where phished accounts are used from: an address and a network reserved for documentation. */
export const intruderNetwork: Network = { ip: "192.0.2.222", country: "CA", asn: 65_540 };
