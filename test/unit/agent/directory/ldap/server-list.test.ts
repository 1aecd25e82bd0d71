import { expect } from "chai";
import { createServerList, SERVER_COOL_DOWN_MS } from "../../../../../agent/directory/ldap/server-list.ts";

describe("the list of servers", () => {
  const list = () => {
    let now = 0;
    const servers = createServerList(["a", "b", "c"], { monotonicMs: () => now });
    return { servers, pass: (ms: number) => (now += ms) };
  };

  it("keeps the order of preference while all work", () => {
    expect(list().servers.inOrder()).to.deep.equal(["a", "b", "c"]);
  });

  it("puts a failed server last, until it has cooled down", () => {
    const { servers, pass } = list();
    servers.failed("a");

    expect(servers.inOrder()).to.deep.equal(["b", "c", "a"]);
    pass(SERVER_COOL_DOWN_MS);
    expect(servers.inOrder()).to.deep.equal(["a", "b", "c"]);
  });

  it("tries the one that failed longest ago first when all have failed", () => {
    const { servers, pass } = list();
    for (const url of ["b", "a", "c"]) {
      servers.failed(url);
      pass(1);
    }

    expect(servers.inOrder()).to.deep.equal(["b", "a", "c"]);
  });

  it("forgets a failure once the server has worked", () => {
    const { servers } = list();
    servers.failed("a");
    servers.worked("a");

    expect(servers.inOrder()[0]).to.equal("a");
  });
});
