#!/usr/bin/env node
/**
 * The `deskwatch` command's first lines. CommonJS on purpose: libuv reads UV_THREADPOOL_SIZE when its pool is
 * first used, and loading an ES module already uses it, so the size must be set before any is loaded.
 * The embedded engine runs each query on one of these threads.
 *
 * V8 lets a heap grow to about four times what is alive before it looks for garbage. In a drain 2.7 times takes
 * 0.1 GB less, at no cost in CPU that could be measured; twice would take 0.25 GB less, and a tenth more CPU. The number
 * is read at every collection; flags that change how V8 collects must not be set once it runs.
 */
process.getBuiltinModule("node:v8").setFlagsFromString("--heap-growing-percent=170");
process.env["UV_THREADPOOL_SIZE"] ??= "16";

void import("./cli/program.ts").then((program) => program.main(process.argv));
