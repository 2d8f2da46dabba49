/**
 * The simulated group coordinator: who is in the group, who owns what in this generation, and one committed
 * offset with its metadata per partition. It checks the generation of a commit, and never the ownership.
 */
export interface CommittedOffset {
  /** `undefined`: never committed, expired, or reset by the client. */
  readonly offset: number | undefined;
  readonly metadata: string;
  readonly wasReset: boolean;
}

export interface CommitRequest extends CommittedOffset {
  readonly member: string;
  readonly generation: number;
  readonly partition: number;
}

export interface SimulatedCoordinator {
  readonly generation: () => number;
  readonly committed: (partition: number) => CommittedOffset;
  readonly has: (member: string) => boolean;
  /** Each of these begins a generation. */
  readonly join: (member: string) => void;
  readonly leave: (member: string) => void;
  readonly owned: (member: string) => readonly number[];
  /** Whether the commit was taken; a stale one is fenced. */
  readonly take: (commit: CommitRequest) => boolean;
  readonly expire: () => void;
}

const nothing: CommittedOffset = { offset: undefined, metadata: "", wasReset: false };

/** `isNew`: the group has never committed; else it has confirmed the beginning of every partition. */
export function createSimulatedCoordinator(
  partitions: number,
  isNew: boolean,
): SimulatedCoordinator {
  const first = isNew ? nothing : { ...nothing, offset: 0 };
  const committed = Array.from({ length: partitions }, () => first);
  let members: readonly string[] = [];
  let generation = 0;
  const change = (changed: readonly string[]): void => {
    members = [...changed].sort();
    generation += 1;
  };
  return {
    generation: () => generation,
    committed: (partition) => committed[partition] ?? nothing,
    has: (member) => members.includes(member),
    join: (member) => change([...members.filter((other) => other !== member), member]),
    leave: (member) => {
      if (members.includes(member)) change(members.filter((other) => other !== member));
    },
    // Turned by the generation, so that partitions move even when the same members come back.
    owned: (member) =>
      committed
        .map((_, partition) => partition)
        .filter((partition) => members[(partition + generation) % members.length] === member),
    take: ({ member, partition, ...commit }) => {
      if (commit.generation !== generation || !members.includes(member)) return false;
      const { offset, metadata, wasReset } = commit;
      committed[partition] = { offset, metadata, wasReset };
      return true;
    },
    expire: () => committed.fill(nothing),
  };
}
