import fc from "fast-check";
import { createTurns } from "../../../api/turns.ts";

it("turns of one key never overlap and keep their order, also past failures", async () => {
  const action = fc.record({
    key: fc.constantFrom("a", "b", "c"),
    pauses: fc.nat(5),
    fails: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
      const takeTurn = createTurns();
      const running = new Map<string, number>();
      const log: string[] = [];
      const results = await Promise.allSettled(
        actions.map(({ key, pauses, fails }, index) =>
          takeTurn(key, async () => {
            running.set(key, (running.get(key) ?? 0) + 1);
            expect(running.get(key)).toBe(1);
            for (let pause = 0; pause < pauses; pause += 1) await Promise.resolve();
            log.push(`${key} ${index}`);
            running.set(key, 0);
            if (fails) throw new RangeError("asked for");
            return index;
          }),
        ),
      );
      for (const [index, result] of results.entries()) {
        expect(result.status).toBe(actions[index]?.fails === true ? "rejected" : "fulfilled");
      }
      for (const key of ["a", "b", "c"]) {
        const expected = actions.flatMap((own, index) =>
          own.key === key ? [`${key} ${index}`] : [],
        );
        expect(log.filter((entry) => entry.startsWith(key))).toEqual(expected);
      }
    }),
  );
});

it("turns of other keys do not wait", async () => {
  const takeTurn = createTurns();
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const held = takeTurn("a", () => gate);
  expect(await takeTurn("b", async () => "done")).toBe("done");
  open();
  await held;
});
