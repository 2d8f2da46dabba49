/** Panels in Grafana's Classic dashboard JSON. */

/** Units of Grafana that this dashboard uses. */
export type Unit = "short" | "s" | "percentunit" | "cps" | "reqps" | "Bps";

export interface Target {
  readonly expr: string;
  /** Legend; labels in double braces. */
  readonly legend: string;
}

export interface Panel {
  readonly kind: "stat" | "timeseries";
  readonly title: string;
  /** What the panel shows and what a bad value means. */
  readonly description: string;
  readonly unit: Unit;
  readonly targets: readonly Target[];
  /** From this value on the panel is red; absent: no colour. */
  readonly redFrom?: number;
}

export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The dashboard's grid is 24 wide: six stats or three time series a line. */
const gridWidth = 24;
const sizes = { stat: { w: 4, h: 4 }, timeseries: { w: 8, h: 8 } } as const;

/** The data source that the reader has chosen. */
export const datasource = { type: "prometheus", uid: "$datasource" } as const;

/** Lays sections out from top to bottom, each under a row with its title. */
export function layOut(sections: readonly Section[]): readonly object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, panels } of sections) {
    placed.push(rowJson(title, placed.length + 1, y));
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const panel of panels) {
      const { w, h } = sizes[panel.kind];
      if (x + w > gridWidth) {
        x = 0;
        y += lineHeight;
      }
      placed.push(panelJson(panel, placed.length + 1, { x, y, w, h }));
      x += w;
      lineHeight = h;
    }
    y += lineHeight;
  }
  return placed;
}

const rowJson = (title: string, id: number, y: number) => ({
  id,
  type: "row",
  title,
  collapsed: false,
  gridPos: { x: 0, y, w: gridWidth, h: 1 },
  panels: [],
});

function panelJson(panel: Panel, id: number, gridPos: GridPosition): object {
  const { kind, title, description } = panel;
  return {
    id,
    type: kind,
    title,
    description,
    datasource,
    gridPos,
    fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
    options: kind === "stat" ? statOptions : timeseriesOptions,
    targets: panel.targets.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      editorMode: "code",
      expr,
      legendFormat: legend,
      range: true,
    })),
  };
}

function fieldDefaults({ unit, kind, redFrom }: Panel): object {
  const steps = [
    { color: "green", value: null },
    ...(redFrom === undefined ? [] : [{ color: "red", value: redFrom }]),
  ];
  const thresholds = { mode: "absolute", steps };
  const color = { mode: kind === "stat" ? "thresholds" : "palette-classic" };
  const custom = { drawStyle: "line", fillOpacity: 10, showPoints: "never", lineWidth: 1 };
  return { unit, min: 0, color, thresholds, ...(kind === "stat" ? {} : { custom }) };
}

const statOptions = {
  colorMode: "value",
  graphMode: "area",
  reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
};

const timeseriesOptions = {
  legend: { displayMode: "list", placement: "bottom", showLegend: true },
  tooltip: { mode: "multi", sort: "desc" },
};
