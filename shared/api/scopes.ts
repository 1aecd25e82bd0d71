import { z } from "zod";

/** What an API key may do. `owner` may do everything. */
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

/** Do the scopes held cover the one that is needed? Writing includes reading. */
export function coversScope(held: readonly Scope[], needed: Scope): boolean {
  return held.some(
    (scope) =>
      scope === "owner" ||
      scope === needed ||
      (scope.endsWith(":write") && needed === scope.replace(/write$/, "read")),
  );
}
