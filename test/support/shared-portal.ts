import { type OpenLdapPeople, startOpenLdapPeople } from "./openldap-people.ts";
import { type PortalWorld, startPortalWorld } from "./portal-world.ts";
import { atEndOfRun, once } from "./teardown.ts";

export interface SharedPortal extends PortalWorld {
  readonly people: OpenLdapPeople;
}

/** One for the whole run: tests make people of their own, and leave agent and cloud running. */
export const openSharedPortal: () => Promise<SharedPortal> = once(async () => {
  const people = await startOpenLdapPeople();
  atEndOfRun(() => people.stop());
  const world = await startPortalWorld(people);
  atEndOfRun(() => world.close());
  return { ...world, people };
});
