/** Starts a directory and an installation with many users of four kinds, for measuring differences between the kinds. */
import { Agent } from "node:http";
import { startInstallation } from "../lab/installation.ts";
import { startOpenLdap } from "../lab/openldap.ts";
import { person } from "../lab/openldap-people.ts";
import { createOutbox } from "../lab/outbox.ts";
import { createPortalClient } from "../lab/portal-client.ts";
import { parsePhone } from "../shared/phone.ts";
import { type Closable, CloseStack } from "../shared/shutdown.ts";
import type { EnumerationInstallation, FlowName, Kind } from "./enumeration-flows.ts";
import { forceSync } from "./force-sync.ts";

/** The users are numbered in turn in this order. */
const REAL: readonly Kind[] = ["known", "disabled", "phone-less"];
/** The tenant's daily budget of codes is a fifth of its users and must not run out. */
const PEOPLE_FOR_EACH_ROUND = 10;
/** First number that no synced user has. It has as many digits as theirs. */
const FIRST_UNKNOWN = 50_000;
/** Locks an account until an administrator unlocks it, which is how OpenLDAP disables accounts. */
const LOCKED_FOR_GOOD = "000001010000Z";

/** Prepares `rounds` rounds of visits for each flow. A round has one visit of each kind. */
export async function startEnumerationInstallation(
  rounds: number,
): Promise<EnumerationInstallation & Closable> {
  const open = new CloseStack();
  try {
    const people = PEOPLE_FOR_EACH_ROUND * rounds + 50;
    if (people > FIRST_UNKNOWN) throw new Error("there are names for 4,995 rounds");
    const server = await startOpenLdap({ people, withPassword: rounds * REAL.length });
    open.defer(() => server.stop());
    const indexOf = (kind: Kind, round: number): number =>
      kind === "unknown" ? FIRST_UNKNOWN + round : round * REAL.length + REAL.indexOf(kind);
    for (let round = 0; round < rounds; round++) {
      const { dn } = person(indexOf("disabled", round));
      await server.set(dn, { pwdAccountLockedTime: LOCKED_FOR_GOOD });
      await server.set(person(indexOf("phone-less", round)).dn, { mobile: null });
    }
    const installation = open.add(
      await startInstallation({
        directory: server,
        // The many wrong passwords would count as an attack, which slows sign-ins down.
        policy: { scope: "all", phoneRegion: "BE", limits: { attack: { users: 1_000_000 } } },
        cloudConfig: {
          // Each visit has its own network address and an easy captcha: captchas are not measured here.
          trustedProxies: ["127.0.0.1"],
          portal: { captchaTries: 10 },
        },
        // The limit on sign-ins per minute covers all accounts together and would be reached here.
        agentConfig: { sync: { schedule: "off" }, signIn: { maxPerMinute: 10_000 } },
      }),
    );
    await forceSync(installation, "initial");
    const agent = new Agent({ keepAlive: true });
    open.defer(() => agent.destroy());
    const outbox = createOutbox(installation.url, agent);
    const visits = new Map<`${FlowName} ${Kind}`, number>();
    let visitors = 0;
    return {
      next(flow, kind) {
        const round = visits.get(`${flow} ${kind}`) ?? 0;
        visits.set(`${flow} ${kind}`, round + 1);
        const { name, mobile } = person(indexOf(kind, round));
        const number = parsePhone(mobile, "BE");
        if (round >= rounds || !number.ok) throw new Error(`there are no more people for ${kind}`);
        return { userName: name, number: number.e164 };
      },
      visitor(onHop) {
        const count = ++visitors;
        const address = `10.${count >> 8}.${count & 255}.9`;
        return createPortalClient({ url: installation.url, agent, address, onHop });
      },
      outbox,
      close: () => open.close(),
    };
  } catch (error) {
    await open.close();
    throw error;
  }
}
