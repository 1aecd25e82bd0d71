/** A process with an embedded Redis, for tests that kill it. Prints one line when it is up. Only embedded-redis.test.ts starts it. */
import { startEmbeddedRedis } from "../../cloud/store/embedded-redis.ts";
import { silentLogger } from "../../shared/logger.ts";

await startEmbeddedRedis({
  program: "redis-server",
  dataDirectory: process.argv[2] ?? "",
  log: silentLogger,
});
process.stdout.write("up\n");
