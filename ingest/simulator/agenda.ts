/**
 * What is still to happen, earliest first: a binary heap on (time, order of entry).
 *
 * Entries of the same millisecond leave in the order in which they came, so a run is reproducible.
 * O(log n) per entry; n is bounded by the work that is open at one moment.
 */

interface Entry<Item> {
  readonly at: number;
  readonly order: number;
  readonly item: Item;
}

export interface Agenda<Item> {
  readonly add: (at: number, item: Item) => void;
  /** Removes and returns the earliest entry; `undefined`: nothing is left, or nothing due at `by`. */
  readonly take: (by?: number) => { readonly at: number; readonly item: Item } | undefined;
}

const before = <Item>(left: Entry<Item>, right: Entry<Item>) =>
  left.at < right.at || (left.at === right.at && left.order < right.order);

export function createAgenda<Item>(): Agenda<Item> {
  const heap: Entry<Item>[] = [];
  let entered = 0;
  return {
    add: (at, item) => {
      entered += 1;
      raise(heap, { at, order: entered, item });
    },
    take: (by = Number.POSITIVE_INFINITY) => {
      const first = heap[0];
      if (first === undefined || first.at > by) return undefined;
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) sink(heap, last);
      return first;
    },
  };
}

/** Adds `entry` as a leaf and moves it up to its place. */
function raise<Item>(heap: Entry<Item>[], entry: Entry<Item>): void {
  let place = heap.length;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || before(parent, entry)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = entry;
}

/** Puts `entry` at the root and moves it down to its place. */
function sink<Item>(heap: Entry<Item>[], entry: Entry<Item>): void {
  let place = 0;
  for (;;) {
    const left = heap[2 * place + 1];
    const right = heap[2 * place + 2];
    if (left === undefined) break;
    const useRight = right !== undefined && before(right, left);
    const child = useRight ? right : left;
    if (before(entry, child)) break;
    heap[place] = child;
    place = 2 * place + (useRight ? 2 : 1);
  }
  heap[place] = entry;
}
