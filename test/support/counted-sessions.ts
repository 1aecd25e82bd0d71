import type { LdapSession, LdapSessions } from "../../agent/directory/ldap/ldap-session.ts";

/** The same sessions; `asked` grows with each request to the directory. `who`: say which account asks, too. */
export function countedSessions(
  sessions: LdapSessions,
  asked: string[],
  { who = false }: { readonly who?: boolean } = {},
): LdapSessions {
  return {
    ...sessions,
    use: (account, work) =>
      sessions.use(account, (session) => {
        const ask = (what: string): void => void asked.push(who ? `${account}: ${what}` : what);
        const counted: LdapSession = {
          ...session,
          search(request, maxEntries) {
            ask("search");
            return session.search(request, maxEntries);
          },
          modify(dn, changes, controls) {
            ask("modify");
            return session.modify(dn, changes, controls);
          },
          extended(oid, value, controls) {
            ask("extended");
            return session.extended(oid, value, controls);
          },
        };
        return work(counted);
      }),
    bindOnce(dn, password) {
      asked.push("bind");
      return sessions.bindOnce(dn, password);
    },
  };
}
