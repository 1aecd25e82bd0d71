/** Tells how long the certificates last with which the agent signs in to the directory. */
import { readClientCertificate } from "../../shared/client-certificate.ts";
import { DAY_MS } from "../../shared/durations.ts";
import type { DirectoryConfig } from "../config.ts";

interface CertificateDays {
  readonly account: "bind" | "writebackBind";
  /** Negative after its end; null while the files cannot be used. */
  readonly daysLeft: number | null;
}

/** Reads the files again at every call, as the next connection will. Empty for accounts with passwords. */
export function certificateDays(
  config: Pick<DirectoryConfig, "bind" | "writebackBind">,
  now: number,
): CertificateDays[] {
  return (["bind", "writebackBind"] as const).flatMap((account) => {
    const bind = config[account];
    if (bind?.kind !== "certificate") return [];
    const read = readClientCertificate(bind);
    return [{ account, daysLeft: "problem" in read ? null : (read.validUntil - now) / DAY_MS }];
  });
}
