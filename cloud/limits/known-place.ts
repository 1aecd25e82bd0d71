/**
 * Decides whether an attempt comes from a network where its person has proved who they are before. What strangers do elsewhere is counted
 * apart, so that it does not shut the person out there.
 */
import { createHash } from "node:crypto";
import type { Known } from "../store/limits.ts";
import type { Target } from "./requests.ts";

/**
 * A visitor of the same network could see that strangers' failures elsewhere do not count here, and so that the person exists. So a
 * made-up person seems to have been at half of the networks that are known to the tenant, always at the same ones.
 */
export function isAtKnownPlace(person: Target, network: string, known: Known): boolean {
  const [first = 0] = createHash("sha256").update(`${person.id} ${network}`).digest();
  const pretended = known.network && first < 128;
  return person.real ? known.place : pretended;
}
