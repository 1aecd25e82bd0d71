/** Nonces that agents sign at the upgrade. Nothing is stored when one is issued: it carries its own MAC. */
import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { Clock } from "../../shared/clock.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { fromBase64url, packFields, toBase64url } from "../../shared/sealing/bytes.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";

export const NONCE_LIFE_MS = 30_000;

export interface Nonces {
  issue(tenantId: string, agentId: string): string;
  /** True when a node of this cloud issued it for this agent and it has not expired. Redis makes sure that it is used once. */
  isGood(tenantId: string, agentId: string, nonce: string): boolean;
}

const INSTANT_BYTES = 8;
const RANDOM_BYTES = 16;
const MAC_BYTES = 32;

/** The key is derived from the service key, so that every node accepts the nonces of every other node. */
export function createNonces(serviceKey: SigningKey, clock: Pick<Clock, "now">): Nonces {
  const key = Buffer.from(
    hkdfSync("sha256", fromBase64url(serviceKey.seed.reveal()), Buffer.alloc(0), "latchkey/v1/nonce", 32),
  );
  const macOf = (tenantId: string, agentId: string, head: Uint8Array): Buffer =>
    createHmac("sha256", key)
      .update(packFields("nonce", [tenantId, agentId, head]))
      .digest();

  return {
    issue(tenantId, agentId) {
      const instant = Buffer.alloc(INSTANT_BYTES);
      instant.writeBigUInt64BE(BigInt(clock.now() + NONCE_LIFE_MS));
      const head = Buffer.concat([instant, randomBytes(RANDOM_BYTES)]);
      return toBase64url(Buffer.concat([head, macOf(tenantId, agentId, head)]));
    },
    isGood(tenantId, agentId, nonce) {
      const bytes = fromBase64url(nonce);
      // Only the canonical base64url: another spelling of the same bytes would count as unused.
      if (bytes.length !== INSTANT_BYTES + RANDOM_BYTES + MAC_BYTES || toBase64url(bytes) !== nonce)
        return false;
      const head = bytes.subarray(0, -MAC_BYTES);
      if (!isEqualInConstantTime(bytes.subarray(-MAC_BYTES), macOf(tenantId, agentId, head))) return false;
      return Number(head.readBigUInt64BE()) >= clock.now();
    },
  };
}
