/** What every witness promises, whatever it is made of: run by the tests of each. */
import type { Witness } from "../../../../../ingest/ledger/witnesses/witness.ts";
import { growingLog } from "../../../../helpers/growing-log.ts";

/** `open` gives a witness over what it has kept so far; called again, it is one after a restart. */
export function itKeepsItsPromises(open: (context: string) => Promise<Witness> | Witness): void {
  const honest = growingLog();
  const fork = growingLog({ forkedAt: 60 });

  async function holding100(context: string): Promise<Witness> {
    const witness = await open(context);
    const result = await witness.hold(honest.note(100), honest.growth(0, 100));
    expect(result.kind).toBe("held");
    return witness;
  }

  async function heldSize(witness: Witness): Promise<number | string> {
    const head = await witness.latest();
    return head.kind === "checkpoint" ? head.checkpoint.size : head.kind;
  }

  it("holds nothing at first, and then the checkpoint as it was signed", async () => {
    const witness = await open("first");
    expect(await witness.latest()).toEqual({ kind: "empty" });
    await witness.hold(honest.note(100), honest.growth(0, 100));
    expect(await witness.latest()).toMatchObject({
      kind: "checkpoint",
      checkpoint: { size: 100, origin: honest.log.origin },
      note: honest.note(100),
    });
  });

  it("that holds size 100 accepts a consistent 120, and remembers it after a restart", async () => {
    const witness = await holding100("grown");
    const result = await witness.hold(honest.note(120), honest.growth(100, 120));
    expect(result.kind).toBe("held");
    expect(await heldSize(witness)).toBe(120);
    const restarted = await open("grown");
    expect(await heldSize(restarted)).toBe(120);
    const again = await restarted.hold(honest.note(90), honest.growth(0, 90));
    expect(again).toEqual({ kind: "conflict", size: 120 });
  });

  it.each([
    {
      size: 90,
      oldSize: 90,
      of: honest,
      why: "its own past",
      result: { kind: "conflict", size: 100 },
    },
    {
      size: 90,
      oldSize: 0,
      of: honest,
      why: "a beginning",
      result: { kind: "conflict", size: 100 },
    },
    {
      size: 101,
      oldSize: 100,
      of: fork,
      why: "a forked 101",
      result: { kind: "refused", reason: "inconsistent" },
    },
    {
      size: 100,
      oldSize: 100,
      of: fork,
      why: "a forked 100",
      result: { kind: "conflict", size: 100 },
    },
    { size: 120, oldSize: 110, of: honest, why: "a gap", result: { kind: "conflict", size: 100 } },
  ])("that holds size 100 refuses $why and keeps what it has", async (offer) => {
    const { size, oldSize, of, why, result } = offer;
    const witness = await holding100(why);
    expect(await witness.hold(of.note(size), of.growth(oldSize, size))).toEqual(result);
    expect(await heldSize(witness)).toBe(100);
  });

  it("refuses a proof that does not fit, and a growth beyond the checkpoint", async () => {
    const witness = await holding100("proof");
    const { proof } = honest.growth(100, 120);
    const cut = await witness.hold(honest.note(120), { oldSize: 100, proof: proof.slice(1) });
    expect(cut).toEqual({ kind: "refused", reason: "inconsistent" });
    const back = await witness.hold(honest.note(90), { oldSize: 100, proof: [] });
    expect(back).toEqual({ kind: "refused", reason: "malformed" });
    expect(await heldSize(witness)).toBe(100);
  });

  it("refuses what the log has not signed", async () => {
    const witness = await open("unsigned");
    const growth = honest.growth(0, 5);
    const stranger = growingLog({ seed: 9 }).note(5);
    const other = growingLog({ origin: "example.com/other" }).note(5);
    const refusals = [stranger, other, honest.note(5).replace("\n5\n", "\n6\n"), "5\n"];
    const results = [];
    for (const note of refusals) results.push(await witness.hold(note, growth));
    expect(results).toEqual([
      { kind: "refused", reason: "untrusted_signature" },
      { kind: "refused", reason: "unknown_origin" },
      { kind: "refused", reason: "untrusted_signature" },
      { kind: "refused", reason: "malformed" },
    ]);
    expect(await witness.latest()).toEqual({ kind: "empty" });
  });

  it("takes the same checkpoint again without keeping it twice", async () => {
    const witness = await holding100("same");
    const again = await witness.hold(honest.note(100), honest.growth(100, 100));
    expect(again.kind).toBe("held");
    expect(await witness.history()).toMatchObject({ checkpoints: [{ checkpoint: { size: 100 } }] });
  });

  it("takes one of two offers at once that would grow into different logs", async () => {
    const witness = await holding100("race");
    const other = growingLog({ forkedAt: 100 });
    const results = await Promise.all([
      witness.hold(honest.note(110), honest.growth(100, 110)),
      witness.hold(other.note(120), other.growth(100, 120)),
    ]);
    expect(results.map(({ kind }) => kind).toSorted()).toEqual(["conflict", "held"]);
  });
}
