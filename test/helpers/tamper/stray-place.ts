/** Places that no link covers; no two units are given the same, or neighbours. */
import { oneOf } from "./column-value.ts";
import type { Scene } from "./pristine.ts";
import type { Place } from "./row-oracle.ts";
import { isOfStatements, type Unit } from "./units.ts";

/** Room behind a chain for each of its links. */
const roomPerUnit = 1_000;

export function strayPlace({ random, chains }: Scene, unit: Unit): Place {
  const { source, partition, sequence, number, start, end, gapFrom } = unit;
  const places: Place[] = [
    { source, partition, offset: end + roomPerUnit * (1 + sequence) },
    { source, partition: partition + 1 + sequence, offset: start },
    { source: `${source}-${sequence}`, partition, offset: start },
    { source: "", partition, offset: 2 * number },
  ];
  // A chain of the other kind does not speak of this table at any offset.
  const other = oneOf(
    random,
    chains.filter((chain) => isOfStatements(chain) !== isOfStatements(unit)),
  );
  places.push({ source: other.source, partition: other.partition, offset: 2 * number });
  if (gapFrom < start) places.push({ source, partition, offset: gapFrom + 1 });
  return oneOf(random, places);
}
