/** An exposure or a list of events that is asked for after retention says from when on it can be complete. */
import { apiOver } from "../fixtures/api/api-harness.ts";
import { ann, view } from "../helpers/audit-store.ts";
import { coverOrphans, daysAhead, retire, write } from "../helpers/retention.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(120_000);

const access = (id: string, time: string) => ({ ...view, event_id: id, time, subjects: [ann] });

describe("an exposure", () => {
  it("tells that accesses of its range are gone by retention, where nobody is found any more", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", [access("v1", "2026-01-10T12:00:00Z")]);
      const api = apiOver(store);
      const asked = async (path: string, from: string) => {
        const { body } = await api.call(
          "get",
          `${path}?from=${from}T00:00:00Z&to=2099-01-01T00:00:00Z`,
        );
        return body;
      };
      const list = "/v1/exposure/subjects";
      expect(await asked("/v1/exposure", "2026-01-01")).toMatchObject({
        retired_before: null,
        total: { displayed: 1 },
      });
      await coverOrphans(store);
      await retire(store, { retentionAccessEventsDays: 30 }, daysAhead(4_000));
      const gone = await asked("/v1/exposure", "2026-01-01");
      expect(gone).toMatchObject({ total: { displayed: 0 } });
      expect(gone.retired_before).toMatch(/^20\d\d-\d\d-\d\dT00:00:00.000Z$/);
      expect(await asked(list, "2026-01-01")).toMatchObject({
        items: [],
        retired_before: gone.retired_before,
      });
      const later = gone.retired_before.slice(0, 10);
      for (const path of ["/v1/exposure", list]) {
        expect(await asked(path, later)).toMatchObject({ retired_before: null });
      }
    });
  });
});

describe("a list of events", () => {
  it("tells that events of the kinds asked for are gone by retention", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", [access("v1", "2026-01-10T12:00:00Z")]);
      await coverOrphans(store);
      const api = apiOver(store);
      const asked = async (from: string, kind = "") => {
        const range = `from=${from}T00:00:00Z&to=2099-01-01T00:00:00Z`;
        const { body } = await api.call(
          "get",
          `/v1/events?agent_id=${view.agent.id}&${range}${kind}`,
        );
        return body;
      };
      expect(await asked("2026-01-01")).toMatchObject({
        items: [{ event_id: "v1" }],
        retired_before: null,
      });
      await retire(store, { retentionAccessEventsDays: 30 }, daysAhead(4_000));
      const gone = await asked("2026-01-01");
      expect(gone).toMatchObject({ items: [] });
      expect(gone.retired_before).toMatch(/^20\d\d-\d\d-\d\dT00:00:00.000Z$/);
      expect(await asked(gone.retired_before.slice(0, 10))).toMatchObject({ retired_before: null });
      const ofAccess = await asked("2026-01-01", "&kind=access");
      expect(ofAccess.retired_before).toBe(gone.retired_before);
      const tickets = await asked("2026-01-01", "&kind=ticket");
      expect(tickets).toMatchObject({ items: [], retired_before: null });
    });
  });
});
