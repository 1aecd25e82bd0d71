import { expect } from "chai";
import type { SessionKey } from "../../cloud/visits/visit.ts";
import { Secret } from "../../shared/secret.ts";
import { PASSWORD, type RegistrationHost, startRegistrationHost } from "../support/registration-host.ts";
import { waitFor } from "../support/wait-for.ts";

const STRANGER = "192.0.2.7";
const OFFICE = "198.51.100.7";

describe("one guess at each of many passwords", () => {
  let host: RegistrationHost;
  beforeEach(async () => {
    host = await startRegistrationHost();
    host.policy = { scope: "all", limits: { attack: { users: 5, networks: 5 } } };
  });
  afterEach(() => host[Symbol.asyncDispose]());

  const underAttack = async (): Promise<boolean> => {
    host.clock.later(1_001);
    const service = host.service as typeof host.service & { underAttack(id: string): Promise<boolean> };
    return service.underAttack(host.tenantId);
  };
  /** Signs in, and returns what the next screen says. */
  async function signIn(userName: string, password: string, address: string): Promise<string | undefined> {
    const { service, tenantId } = host;
    const begun = await service.begin(tenantId, userName, "register", { address, language: "en" });
    const key: SessionKey = await service.signIn(begun, 1, { kind: "plain", password: new Secret(password) });
    const screen = await waitFor("the answer", async () => {
      const present = await service.screen(key);
      if (present.step !== "checking") return present;
      host.clock.later(600);
      return undefined;
    });
    return screen.problem?.kind ?? screen.step;
  }
  const sprays = () => host.audited.filter(({ action }) => action === "sign_in.spray");
  const network = (number: number): string => `198.18.${number}.1`;

  it("from one address closes that address and nothing else (finding 8, T-11, T-12): wrong passwords count for their network first, and an attack comes from different networks", async () => {
    const users = [];
    while (users.length < 45) users.push(await host.person());
    const seen: (string | undefined)[] = [];
    for (const { userName } of users) seen.push(await signIn(userName, "not this one", STRANGER));
    expect(seen.filter((kind) => kind === "sign_in_refused")).to.have.length(30);
    expect(seen.slice(30)).to.deep.equal(Array(15).fill("network_closed"));

    expect(await underAttack()).to.equal(false);
    expect(sprays()).to.deep.equal([]);
    for (let number = 0; number < 15; number++)
      expect(await signIn(users[44]?.userName ?? "", PASSWORD, network(number))).to.equal("overview");
  });

  it("from many networks makes the captcha dearer and slows unknown networks down one by one, never known ones (finding 8, T-12): each fails five times an hour then, and a right password costs nothing", async () => {
    const users = [];
    while (users.length < 11) users.push(await host.person());
    const [known, ...others] = users;
    expect(await signIn(known?.userName ?? "", PASSWORD, OFFICE)).to.equal("overview");
    for (const [number, { userName }] of others.slice(0, 5).entries())
      await signIn(userName, "not this one", network(number));
    expect(await underAttack(), "five names from five networks").to.equal(true);
    for (const [number, { userName }] of others.slice(5).entries())
      await signIn(userName, "not this one", network(number));
    host.clock.later(1_001);

    for (let times = 0; times < 5; times++)
      expect(await signIn(`nobody${times}`, "not this one", STRANGER)).to.equal("sign_in_refused");
    expect(await signIn("nobody", "not this one", STRANGER)).to.equal("network_closed");
    for (let times = 0; times < 6; times++)
      expect(await signIn(`nobody${times}`, "not this one", OFFICE), "known").to.equal("sign_in_refused");
    for (let times = 0; times < 6; times++)
      expect(await signIn(known?.userName ?? "", PASSWORD, network(99)), "elsewhere").to.equal("overview");
    expect(sprays(), "administrators are told once").to.have.length(1);
  });

  it("does not tell by the captcha which of the names exist (finding 8, T-01): names that do not exist count alike", async () => {
    const users = [];
    while (users.length < 5) users.push(await host.person());
    for (const [number, { userName }] of users.slice(0, 4).entries())
      await signIn(userName, "not this one", network(number));
    expect(await underAttack()).to.equal(false);
    await signIn("nobody.at.all@contoso.example", "not this one", network(4));
    expect(await underAttack()).to.equal(true);
  });
});
