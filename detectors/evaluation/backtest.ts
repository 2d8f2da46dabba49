/**
 * What a change of detection would have fired: two engines over the same inputs, one as it is and one as it would be,
 * and which alerts both raised, which only one of them.
 *
 * An alert is the same if it has the same cause, or if it accuses the same agent by an event that both cite: a change
 * may move the window that tips first.
 */
import type { EngineOptions } from "../engine/engine.ts";
import type { EngineInput } from "../engine-input.ts";
import { createPlayer, type RaisedAlert } from "./play.ts";

export interface BacktestResult {
  /** As they would be. */
  readonly kept: readonly RaisedAlert[];
  readonly gained: readonly RaisedAlert[];
  /** As they are. */
  readonly lost: readonly RaisedAlert[];
}

export interface Backtest {
  readonly step: (input: EngineInput) => void;
  /** Of alerts raised within [from, to]; epoch milliseconds. */
  readonly result: (from: number, to: number) => BacktestResult;
}

type Options = Omit<EngineOptions, "observer" | "metrics">;

export function createBacktest(before: Options, after: Options): Backtest {
  const asIs = createPlayer(before, new Map());
  const asWouldBe = createPlayer(after, new Map());
  return {
    step: (input) => {
      asIs.step(input);
      asWouldBe.step(input);
    },
    result: (from, to) => {
      const within = ({ raised }: RaisedAlert) => raised.at >= from && raised.at <= to;
      return compared(asIs.raised(), asWouldBe.raised(), within);
    },
  };
}

/** Matched before they are cut to the time: an alert at its edge may be raised a little earlier by the other. */
export function compared(
  before: readonly RaisedAlert[],
  after: readonly RaisedAlert[],
  within: (alert: RaisedAlert) => boolean = () => true,
): BacktestResult {
  const left = new Map(before.map((alert) => [alert.id, alert]));
  const kept: RaisedAlert[] = [];
  const moved: RaisedAlert[] = [];
  for (const alert of after) (left.delete(alert.id) ? kept : moved).push(alert);
  const gained: RaisedAlert[] = [];
  for (const alert of moved) {
    const former = [...left.values()].find((other) => isSameStory(other, alert));
    if (former !== undefined) left.delete(former.id);
    (former === undefined ? gained : kept).push(alert);
  }
  return {
    kept: kept.filter(within),
    gained: gained.filter(within),
    lost: [...left.values()].filter(within),
  };
}

function isSameStory(one: RaisedAlert, other: RaisedAlert): boolean {
  if (one.agentId !== other.agentId) return false;
  const cited = new Set(one.evidence);
  return other.evidence.some((event) => cited.has(event));
}
