import { authorityOf } from "../../shared/authority.ts";
import { AppError } from "../../shared/errors.ts";
import type { CloudConfig } from "../config/config.ts";
import type { RedisAddress } from "./store.ts";

/** Returns the address in `redis.url`; null when it is absent and the embedded server is used. Throws CONFIG_INVALID. */
export function redisAddressOf({
  url,
  username,
  password,
  caFile,
}: CloudConfig["redis"]): RedisAddress | null {
  if (url === undefined) return null;
  const parsed = new URL(url);
  const isSocket = parsed.protocol === "unix:";
  const problems = [
    ...(parsed.password !== "" || parsed.username !== ""
      ? ["redis.url: must not contain a user or password; set redis.username and redis.passwordFile"]
      : []),
    ...(!isSocket && !["", "/", "/0"].includes(parsed.pathname)
      ? ["redis.url: only database 0 is supported; remove the database number"]
      : []),
    ...(caFile !== undefined && parsed.protocol !== "rediss:"
      ? ["redis.caFile: needs a redis.url that begins with rediss://"]
      : []),
  ];
  if (problems.length > 0)
    throw new AppError("CONFIG_INVALID", problems.join("\n  "), { details: { problems } });
  return {
    ...(isSocket
      ? { path: decodeURIComponent(parsed.pathname) }
      : { host: parsed.hostname.replace(/^\[|\]$/g, ""), port: Number(parsed.port || 6379) }),
    ...(parsed.protocol === "rediss:"
      ? {
          tls: {
            servername: parsed.hostname,
            ...(caFile === undefined ? {} : { ca: authorityOf("redis.caFile", caFile) }),
          },
        }
      : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
  };
}
