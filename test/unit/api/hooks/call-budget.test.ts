import fc from "fast-check";
import { createCallBudget } from "../../../../api/hooks/call-budget.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

it("a call budget lets no window of a minute hold more calls than its limit, and wastes none", () => {
  const waits = fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 200 });
  fc.assert(
    fc.property(waits, fc.integer({ min: 1, max: 10 }), (steps, limit) => {
      const budget = createCallBudget(limit);
      const taken: number[] = [];
      let now = 0;
      for (const step of steps) {
        now += step;
        const inWindow = taken.filter((at) => now - at < 60_000).length;
        expect(budget.take(epochMs(now))).toBe(inWindow < limit);
        if (inWindow < limit) taken.push(now);
      }
    }),
  );
});
