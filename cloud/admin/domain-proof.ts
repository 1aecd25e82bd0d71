/**
 * Proof by DNS that a tenant may use a domain. A domain decides which tenant a user name belongs to, so a tenant's own
 * key may claim one only when the owner of the domain has named the tenant there:
 *
 *     _latchkey.example.com.  TXT  "latchkey=reset.example.com/contoso"
 *
 * The value is no secret. It names this installation and the tenant, so it proves nothing for another one.
 */
import { Resolver } from "node:dns/promises";
import { AppError } from "../../shared/errors.ts";
import { systemCodeOf } from "../../shared/system-errors.ts";

export interface DomainProof {
  /** Throws DOMAIN_UNPROVEN for the first domain whose DNS does not name the tenant. */
  assertProven(tenantId: string, domains: readonly string[]): Promise<void>;
}

export interface DomainProofDeps {
  readonly publicUrl: string;
  /** Addresses with a port or without one; the system's servers when empty. */
  readonly dnsServers: readonly string[];
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;

export function createDomainProof({ publicUrl, dnsServers }: DomainProofDeps): DomainProof {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (dnsServers.length > 0) resolver.setServers(dnsServers);
  const host = new URL(publicUrl).host;

  async function textsOf(
    name: string,
  ): Promise<{ readonly texts: readonly string[]; readonly problem: string }> {
    try {
      const records = await resolver.resolveTxt(name);
      return { texts: records.map((parts) => parts.join("").trim()), problem: "it has another value" };
    } catch (error) {
      return { texts: [], problem: PROBLEMS[systemCodeOf(error) ?? ""] ?? "DNS does not answer" };
    }
  }

  return {
    async assertProven(tenantId, domains) {
      for (const domain of domains) {
        const name = `_latchkey.${domain}`;
        const wanted = `latchkey=${host}/${tenantId}`;
        const { texts, problem } = await textsOf(name);
        if (!texts.includes(wanted))
          throw new AppError(
            "DOMAIN_UNPROVEN",
            `The domain ${domain} is not proven: ${problem}. Create the TXT record ${name} with the value ${wanted}`,
            { details: { domain, name, value: wanted } },
          );
      }
    },
  };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOTFOUND: "it has no such record",
  ENODATA: "it has no such record",
};
