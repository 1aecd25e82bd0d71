import { z } from "zod";

/** The rights of an API key. `owner` includes all others. */
export const SCOPES = [
  "tenants:read",
  "tenants:write",
  "agents:read",
  "agents:write",
  "users:read",
  "users:write",
  "policy:read",
  "policy:write",
  "sync:read",
  "sync:write",
  "writeback:read",
  "writeback:write",
  "audit:read",
  "keys:write",
  "owner",
] as const;
export type Scope = (typeof SCOPES)[number];

export const scopesSchema = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);

/** True when a scope that the key holds covers the needed one. Writing includes reading. */
export function coversScope(held: readonly Scope[], needed: Scope): boolean {
  return held.some(
    (scope) =>
      scope === "owner" ||
      scope === needed ||
      (scope.endsWith(":write") && needed === scope.replace(/write$/, "read")),
  );
}
