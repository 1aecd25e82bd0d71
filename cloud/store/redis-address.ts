import { readFileSync } from "node:fs";
import { AppError } from "../../shared/errors.ts";
import type { CloudConfig } from "../config/config.ts";
import type { RedisAddress } from "./store.ts";

/** Where `redis.url` points; null when there is none and the private server is to be used. Throws CONFIG_INVALID. */
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
      ? ["redis.url: give user and password as redis.username and redis.passwordFile"]
      : []),
    ...(!isSocket && !["", "/", "/0"].includes(parsed.pathname)
      ? ["redis.url: only database 0 is used; leave the number out"]
      : []),
    ...(caFile !== undefined && parsed.protocol !== "rediss:" ? ["redis.caFile: is for rediss:// only"] : []),
  ];
  if (problems.length > 0)
    throw new AppError("CONFIG_INVALID", problems.join("\n  "), { details: { problems } });
  return {
    ...(isSocket
      ? { path: decodeURIComponent(parsed.pathname) }
      : { host: parsed.hostname.replace(/^\[|\]$/g, ""), port: Number(parsed.port || 6379) }),
    ...(parsed.protocol === "rediss:"
      ? {
          tls: { servername: parsed.hostname, ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }) },
        }
      : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
  };
}
