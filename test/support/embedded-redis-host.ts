/**
 * Runs an embedded Redis in a process of its own, for tests that kill it, and prints one line when it is up.
 * Only test/integration/cloud/store/embedded-redis.test.ts starts it.
 */
import { startEmbeddedRedis } from "../../cloud/store/embedded-redis.ts";
import { silentLogger } from "../../shared/logger.ts";

await startEmbeddedRedis({
  program: "redis-server",
  dataDirectory: process.argv[2] ?? "",
  log: silentLogger,
});
process.stdout.write("up\n");
