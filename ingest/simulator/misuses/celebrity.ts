/**
 * Hospitals, tax offices, and a presidential candidate's passport file in 2008: several people open the record of
 * somebody in the news, each once, none with a reason.
 */
import { minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import { pick } from "../random.ts";
import type { Story } from "../story.ts";
import type { WireSubjectRef } from "../wire-event.ts";
import { doNext, type Moment, momentIn, searchFor, view, wait } from "./moves.ts";

export const celebrity: Story = {
  id: "celebrity",
  title: "Everybody wants to see one famous record",
  naive: {
    doc: "Six agents search for a customer of the watch list within a day and open the record, some of them twice.",
    accounts: 6,
    days: 3,
    play: (stage) => {
      const famous = pick(stage.random, stage.desk.config.watchlist_subjects);
      for (const agent of stage.agents) {
        const [shift] = stage.shifts(agent);
        if (shift === undefined) continue;
        const moment = momentIn(stage, { shift, citing: 0 });
        searchFor(stage, moment, famous);
        look(stage, moment, famous);
        if (stage.random.chance(0.5)) look(stage, moment, famous);
      }
    },
  },
  careful: {
    doc: "Four agents find somebody who is in the news by name, within ten days, one under the ticket at hand; the record is on no list.",
    accounts: 4,
    days: 10,
    play: (stage) => {
      const famous = unlisted(stage);
      stage.agents.forEach((agent, index) => {
        const shift = pick(stage.random, stage.shifts(agent));
        const moment = momentIn(stage, { shift, citing: index === 0 ? 1 : 0 });
        doNext(stage, moment, {
          action: "search",
          search: { kind: "free_text", field: "name" },
          subjects: [famous],
          result_count: 1,
          fields: ["name", "email"],
        });
        look(stage, moment, famous);
      });
    },
  },
};

/** A customer who hardly ever calls and whom nobody thought of listing. */
function unlisted({ random, desk }: Stage): WireSubjectRef {
  const tenant = pick(random, desk.population.tenants);
  const rank = Math.floor(0.7 * Math.max(1, tenant.subjects - 1));
  return desk.population.refOf({ tenant, rank });
}

function look(stage: Stage, moment: Moment, famous: WireSubjectRef): void {
  view(stage, moment, famous, ["name", "phone", "address"]);
  wait(moment, stage.random.exponential(2 * minuteMs));
}
