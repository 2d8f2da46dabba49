/** Who may go on with the state that it has when it gets the partitions of detection. */
import { createFeedOwnership } from "../../../../ingest/kafka/feed-ownership.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

const sessionMs = 10_000;

/** A member that was last heard of at 0 and is now at `now`. */
function memberAt() {
  const time = { now: epochMs(0) };
  const ownership = createFeedOwnership({
    signsOfLife: () => ({ joinedAt: epochMs(0), beatAt: epochMs(0) }),
    sessionMs,
    clock: { now: () => time.now },
  });
  const join = (now: number, partitions: number) => {
    ownership.suspend();
    time.now = epochMs(now);
    const stays = ownership.stays();
    return [stays, ownership.assigned(partitions)];
  };
  return { ownership, join };
}

describe("the ownership of detection", () => {
  it("comes with the partitions and outlasts a join within a session", () => {
    const { ownership, join } = memberAt();
    expect(join(0, 0)).toEqual([false, "standby"]);
    expect(ownership.isAssigned()).toBe(false);
    expect(join(1, 12)).toEqual([false, "owner"]);
    expect(ownership.isAssigned()).toBe(true);
    expect(join(sessionMs, 12)).toEqual([true, "owner"]);
  });

  it("ends when the partitions went to another", () => {
    const { join } = memberAt();
    join(0, 12);
    expect(join(1, 0)).toEqual([true, "lost"]);
  });

  it("ends with a silence of a session, though the partitions come back", () => {
    const { ownership, join } = memberAt();
    join(0, 12);
    expect(join(sessionMs + 1, 12)).toEqual([false, "lost"]);
    expect(ownership.isAssigned()).toBe(false);
  });
});
