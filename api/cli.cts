#!/usr/bin/env node
/**
 * The `deskwatch` command's first lines. CommonJS on purpose: libuv reads UV_THREADPOOL_SIZE when its pool is
 * first used, and loading an ES module already uses it, so the size must be set before any is loaded.
 * The embedded engine runs each query on one of these threads.
 */
process.env["UV_THREADPOOL_SIZE"] ??= "16";

void import("./cli/program.ts").then((program) => program.main(process.argv));
