#!/usr/bin/env node
/**
 * The `deskwatch` command's first lines. CommonJS on purpose: libuv reads UV_THREADPOOL_SIZE when its pool is
 * first used, and loading an ES module already uses it, so the size must be set before any is loaded.
 * The embedded engine runs each query on one of these threads.
 *
 * V8 lets a heap grow to about four times what is alive before it looks for garbage. In a drain twice takes
 * 0.15 GB less than 2.7 times, for some percent more CPU; 1.6 times would take no less, as in-flight peaks remain. The
 * number is read at every collection, as is whether threads help to look through what is young: on two cores, which
 * other work keeps busy, they wait for each other more than they help, and both pauses and their cost are less without
 * them. Flags that change how V8 collects otherwise must not be set once it runs.
 */
const helpedFrom = 4;
const v8 = process.getBuiltinModule("node:v8");
v8.setFlagsFromString("--heap-growing-percent=100");
if (process.getBuiltinModule("node:os").availableParallelism() < helpedFrom) {
  v8.setFlagsFromString("--no-parallel-scavenge");
}
process.env["UV_THREADPOOL_SIZE"] ??= "16";

void import("./cli/program.ts").then((program) => program.main(process.argv));
