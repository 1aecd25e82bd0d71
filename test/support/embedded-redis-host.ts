/** A process with an embedded Redis, to be killed: prints one line when it is up. Started by embedded-redis.test.ts alone. */
import { startEmbeddedRedis } from "../../cloud/store/embedded-redis.ts";
import { silentLogger } from "../../shared/logger.ts";

await startEmbeddedRedis({
  program: "redis-server",
  dataDirectory: process.argv[2] ?? "",
  log: silentLogger,
});
process.stdout.write("up\n");
