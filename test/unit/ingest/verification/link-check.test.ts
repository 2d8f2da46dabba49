import {
  emptyChain,
  type LedgerRecord,
  recordHash,
} from "../../../../ingest/ledger/ledger-record.ts";
import {
  checkLink,
  firstState,
  type LinkPlace,
  type LinkState,
  type LinkTrust,
} from "../../../../ingest/verification/link-check.ts";

const right = "right";
/** Knows who has the key by the text itself. */
const mac = { isAuthentic: (_record: LedgerRecord, text: string) => text === right };
const doubting: LinkTrust = { mac, provenEntries: 0 };
const proven: LinkTrust = { mac, provenEntries: 100 };
const keyless: LinkTrust = { mac: undefined, provenEntries: 0 };

const recordedAt = 1_769_900_000_000;
const first = {
  source: "kafka:a",
  partition: 0,
  sequence: 0,
  start: 5,
  end: 15,
  counts: { outcomes: 10, events: 10, deadLetters: 0, exposures: 0, identities: 0 },
  root: "a".repeat(64),
  previous: emptyChain.hash,
  recordedAt,
  mac: right,
};
const second = { ...first, sequence: 1, start: 15, end: 25, previous: recordHash(first) };
const entryOf = (link: typeof first) => ({
  logIndex: link.sequence,
  sequence: link.sequence,
  leafHash: recordHash(link),
  recordedAt,
});
const place = (
  links: readonly (typeof first)[],
  entries: LinkPlace["entries"] = links.map(entryOf),
): LinkPlace => ({ sequence: links[0]?.sequence ?? entries[0]?.sequence ?? 0, links, entries });

const afterFirst: LinkState = {
  next: 1,
  previous: recordHash(first),
  end: 15,
  isEndKnown: true,
};
const kindsOf = ({ found }: ReturnType<typeof checkLink>) => found.map(({ kind }) => kind);

describe("a link", () => {
  it("says nothing where it is the one that was written, and covers its offsets", () => {
    const verdict = checkLink(firstState, place([first]), doubting);
    expect(verdict).toEqual({
      state: afterFirst,
      sound: first,
      covered: { from: 5, to: 15 },
      isUnlogged: false,
      found: [],
    });
  });

  const altered = { ...second, root: "b".repeat(64) };
  const forged = { ...altered, mac: "wrong" };
  const otherHash = { ...entryOf(second), leafHash: "c".repeat(64) };
  it.each([
    {
      why: "altered, and its entry is not",
      trust: doubting,
      place: place([forged], [entryOf(second)]),
      kinds: ["link_altered"],
    },
    {
      why: "authentic, and the log is not proven",
      trust: doubting,
      place: place([second], [otherHash]),
      kinds: ["entry_altered"],
    },
    {
      why: "authentic, and the signed log says otherwise",
      trust: proven,
      place: place([second], [otherHash]),
      kinds: ["link_altered"],
    },
    {
      why: "one of two that differ, without the key",
      trust: keyless,
      place: place([second], [otherHash]),
      kinds: ["link_altered"],
    },
    {
      why: "rewritten with its entry",
      trust: doubting,
      place: place([forged]),
      kinds: ["link_forged"],
    },
    {
      why: "rewritten with its entry, without the key",
      trust: keyless,
      place: place([forged]),
      kinds: [],
    },
    {
      why: "there twice",
      trust: doubting,
      place: place([second, second], [entryOf(second)]),
      kinds: ["link_unexpected"],
    },
    {
      why: "beside a forged one",
      trust: doubting,
      place: place([forged, second], [entryOf(second)]),
      kinds: ["link_unexpected"],
    },
    {
      why: "in the log twice",
      trust: doubting,
      place: place([second], [otherHash, entryOf(second)]),
      kinds: ["entry_unexpected"],
    },
    {
      why: "not there, and its entry is",
      trust: doubting,
      place: place([], [entryOf(second)]),
      kinds: ["link_missing"],
    },
    {
      why: "recorded at another time than its entry",
      trust: doubting,
      place: place([second], [{ ...entryOf(second), recordedAt: 0 }]),
      kinds: ["entry_altered"],
    },
    {
      why: "of another chain before it",
      trust: doubting,
      place: place([{ ...second, previous: "d".repeat(64) }]),
      kinds: ["link_altered"],
    },
    {
      why: "over offsets of the one before",
      trust: doubting,
      place: place([{ ...second, start: 14 }]),
      kinds: ["link_altered"],
    },
    {
      why: "over no offsets",
      trust: doubting,
      place: place([{ ...second, end: 15 }]),
      kinds: ["link_altered"],
    },
    {
      why: "over more offsets than anybody writes",
      trust: doubting,
      place: place([{ ...second, end: 2 ** 53 - 2 }]),
      kinds: ["link_altered"],
    },
    {
      why: "some links later",
      trust: doubting,
      place: place([{ ...second, sequence: 4 }]),
      kinds: ["link_missing"],
    },
    {
      why: "forged and some links later",
      trust: doubting,
      place: place([{ ...forged, sequence: 4 }], []),
      kinds: ["link_forged"],
    },
  ])("that is $why: $kinds", ({ trust, place: found, kinds }) => {
    expect(kindsOf(checkLink(afterFirst, found, trust))).toEqual(kinds);
  });

  it("that is missing is told as a run, up to the next one that is there", () => {
    const later = { ...second, sequence: 1_000_000 };
    const { found, covered } = checkLink(afterFirst, place([later]), doubting);
    expect(found).toMatchObject([{ kind: "link_missing", from: 1, to: 1_000_000 }]);
    // What lay under the missing ones is not told again as rows without a link.
    expect(covered).toEqual({ from: 15, to: 25 });
  });

  it("that was forged far behind the chain leaves the chain as it is", () => {
    const stray = { ...forged, sequence: 2 ** 53 - 2 };
    expect(checkLink(afterFirst, place([stray], []), doubting).state).toEqual(afterFirst);
  });

  it("is not blamed for the one before it", () => {
    const faults = [
      place([forged], [entryOf(second)]),
      place([forged]),
      place([second], [otherHash]),
    ];
    const third = { ...second, sequence: 2, start: 25, end: 35, previous: recordHash(second) };
    const blamed = faults.map((fault) => {
      const { state } = checkLink(afterFirst, fault, doubting);
      return kindsOf(checkLink(state, place([third]), doubting));
    });
    expect(blamed).toEqual([[], [], []]);
  });

  it("that is not in the log yet is no fault, and is named", () => {
    const verdict = checkLink(afterFirst, place([second], []), doubting);
    expect(verdict).toMatchObject({ isUnlogged: true, found: [], sound: second });
  });
});
