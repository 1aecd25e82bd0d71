/** How every connection to Redis is opened. */
import type { StandaloneConnectionOptions } from "ioredis";
import { StandaloneConnector } from "ioredis/built/connectors/index.js";

/**
 * A connector whose sockets may fail more than once. When a connection is given up while TLS is being negotiated with a
 * server that is not trusted, Node reports the certificate and then the server's alert. ioredis listens for one error
 * only, so the second would end the process.
 */
export class RedisConnector extends StandaloneConnector {
  constructor(options: unknown) {
    super(options as StandaloneConnectionOptions);
  }

  override async connect(
    ...args: Parameters<StandaloneConnector["connect"]>
  ): ReturnType<StandaloneConnector["connect"]> {
    const stream = await super.connect(...args);
    stream.on("error", () => undefined); // ioredis has the first one
    return stream;
  }
}
