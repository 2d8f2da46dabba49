/** An analyst's rule: who searches three people within an hour. */
export const sigmaText = (changes: Readonly<Record<string, string>> = {}): string =>
  Object.entries(changes).reduce(
    (text, [before, after]) => text.replaceAll(before, after),
    `title: Many people searched
name: many_searched
level: high
tags: [attack.t1213.004]
correlation:
  type: value_count
  rules: [searched]
  group-by: [agent.id]
  timespan: 1h
  condition: { field: subjects.token, gte: 3 }
---
title: Searched
name: searched
logsource: { product: support_console, category: record_access }
detection:
  search: { action: search }
  condition: search
`,
  );
