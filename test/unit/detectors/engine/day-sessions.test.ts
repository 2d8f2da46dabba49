import { attackAt, bulk, hourMs, login, run, worked } from "./doubted-desk.ts";

jest.setTimeout(120_000);

it("an alert about a day names the sessions that had ended before it alerted", () => {
  const engine = worked();
  run(engine, [login(attackAt - hourMs)]);
  // More than stay open at once, of which each is a little long.
  const names = Array.from({ length: 16 }, (_, n) => `part-${n}`);
  const told = names.map((name, n) => run(engine, bulk(attackAt + (n * hourMs) / 2, 4, name)));
  const first = told.findIndex((changes) => changes.length > 0);
  expect(first).toBeGreaterThan(7);
  const alert = told[first]?.[0]?.alert;
  expect(alert?.title).toContain("in one day");
  expect(alert?.session_ids).toEqual(expect.arrayContaining(names.slice(0, first)));
});
