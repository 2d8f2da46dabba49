/** Where teams sit. Addresses of RFC 5737, networks of RFC 5398: reserved for documentation. */

export interface Site {
  readonly name: SiteName;
  readonly timeZone: string;
  readonly country: string;
  readonly officeIps: readonly string[];
  readonly officeAsn: number;
  readonly homeAsns: readonly number[];
}

export type SiteName = "dublin" | "new-york" | "manila" | "denver" | "sydney" | "bengaluru";

const sites: Readonly<Record<SiteName, Omit<Site, "name">>> = {
  dublin: {
    timeZone: "Europe/Dublin",
    country: "IE",
    officeIps: ["203.0.113.10", "203.0.113.11"],
    officeAsn: 64_496,
    homeAsns: [64_500, 64_501, 64_502],
  },
  "new-york": {
    timeZone: "America/New_York",
    country: "US",
    officeIps: ["198.51.100.20"],
    officeAsn: 64_497,
    homeAsns: [64_503, 64_504],
  },
  manila: {
    timeZone: "Asia/Manila",
    country: "PH",
    officeIps: ["192.0.2.30", "192.0.2.31"],
    officeAsn: 64_498,
    homeAsns: [64_505, 64_506],
  },
  denver: {
    timeZone: "America/Denver",
    country: "US",
    officeIps: ["198.51.100.40"],
    officeAsn: 64_497,
    homeAsns: [64_507, 64_508],
  },
  sydney: {
    timeZone: "Australia/Sydney",
    country: "AU",
    officeIps: ["203.0.113.50"],
    officeAsn: 64_496,
    homeAsns: [64_509],
  },
  bengaluru: {
    timeZone: "Asia/Kolkata",
    country: "IN",
    officeIps: ["192.0.2.60", "192.0.2.61", "192.0.2.62"],
    officeAsn: 64_498,
    homeAsns: [64_510, 64_511],
  },
};

export const sitesNamed = (names: readonly SiteName[]): readonly Site[] =>
  names.map((name) => ({ name, ...sites[name] }));

/** The site of the `team`th team. Throws when there are no sites: that is a bug. */
export function siteOf(places: readonly Site[], team: number): Site {
  const site = places[team % places.length];
  if (site === undefined) throw new RangeError("a desk has sites");
  return site;
}
