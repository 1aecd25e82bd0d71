import type { LdapSession, LdapSessions } from "../../agent/directory/ldap/ldap-session.ts";

/** Wraps sessions so that `asked` records each request to the directory. `who` adds the account that asks. */
export function countedSessions(
  sessions: LdapSessions,
  asked: string[],
  { who = false }: { readonly who?: boolean } = {},
): LdapSessions {
  return {
    get identity() {
      return sessions.identity;
    },
    get schema() {
      return sessions.schema;
    },
    get server() {
      return sessions.server;
    },
    nameOf: (account) => sessions.nameOf(account),
    open: (account) => sessions.open(account),
    rootDse: () => sessions.rootDse(),
    close: () => sessions.close(),
    use: (account, work) =>
      sessions.use(account, (session) => {
        const ask = (what: string): void => void asked.push(who ? `${account}: ${what}` : what);
        const counted: LdapSession = {
          ...session,
          search(request, maxEntries) {
            ask("search");
            return session.search(request, maxEntries);
          },
          searchAll(request, maxEntries) {
            ask("search");
            return session.searchAll(request, maxEntries);
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
