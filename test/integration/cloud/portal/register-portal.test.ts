import { connect } from "node:net";
import { expect } from "chai";
import { problemsOfHtml } from "../../../support/check-html.ts";
import { type PortalHost, startPortalHost } from "../../../support/portal-host.ts";

describe("portals beside the API", () => {
  let host: PortalHost;

  before(async () => {
    host = await startPortalHost();
  });
  after(() => host[Symbol.asyncDispose]());

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(host.url + path, { redirect: "manual", ...init });
  const html = { accept: "text/html,application/xhtml+xml" };

  it("leave its refusals as they are", async () => {
    const unknown = await ask("/api/v1/nothing");
    expect(unknown.status).to.equal(404);
    expect(await unknown.json()).to.include({
      code: "NOT_FOUND",
      message: "There is no GET at this address.",
    });

    const keyless = await ask("/api/v1/tenants", { headers: html });
    expect(keyless.status).to.equal(401);
    expect(await keyless.json()).to.include({ code: "API_KEY_MISSING" });
    const api = await ask("/openapi.json");
    await api.arrayBuffer();
    expect(api.headers.get("content-security-policy")).to.equal("default-src 'none'; frame-ancestors 'none'");

    const form = await ask("/api/v1/tenants", {
      method: "POST",
      body: "a=b",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(form.status, "no forms there").to.be.oneOf([400, 401, 415]);
    expect(await form.json()).to.have.property("code");
  });

  it("are not in its description", async () => {
    const description = (await (await ask("/openapi.json")).json()) as { paths: object };

    expect(Object.keys(description.paths).filter((path) => !path.startsWith("/api/"))).to.deep.equal([]);
  });

  it("show people a page and programs JSON where there is nothing", async () => {
    for (const [method, path] of [
      ["GET", "/nothing"],
      ["GET", "/nothing/deeper?x=1"],
      ["POST", "/"],
      ["DELETE", "/reset"],
      ["PUT", "/reset/code"],
    ] as const) {
      const page = await ask(path, { method, headers: html });
      expect([page.status, page.headers.get("content-type")], path).to.deep.equal([
        404,
        "text/html; charset=utf-8",
      ]);
      expect(problemsOfHtml(await page.text()), path).to.deep.equal([]);

      const json = await ask(path, { method });
      expect([json.status, ((await json.json()) as { code: string }).code], path).to.deep.equal([
        404,
        "NOT_FOUND",
      ]);
    }
  });

  it("refuse TRACE and methods that nothing has, without an echo of the request", async () => {
    for (const method of ["TRACE", "TRACK", "PROPFIND"])
      for (const path of ["/", "/reset", "/api/v1/tenants"]) {
        const { port } = new URL(host.url);
        const answer = await new Promise<string>((resolve, reject) => {
          const socket = connect(Number(port), "127.0.0.1", () =>
            socket.end(
              `${method} ${path} HTTP/1.1\r\nHost: x\r\nX-Echo: echoed\r\nConnection: close\r\n\r\n`,
            ),
          );
          let text = "";
          socket.on("data", (chunk) => (text += chunk.toString("latin1")));
          socket.on("error", reject).on("close", () => resolve(text));
        });

        expect(answer, `${method} ${path}`).to.match(/^HTTP\/1\.1 40[0145] /);
        expect(answer, `${method} ${path}`).not.to.contain("echoed");
      }
  });

  it("serve scripts and styles for good, compressed where they are", async () => {
    const style = await ask("/assets/portal.2c3d.css");
    expect(style.status).to.equal(200);
    expect(style.headers.get("cache-control")).to.equal("public, max-age=31536000, immutable");
    expect(style.headers.get("content-type")).to.match(/^text\/css/);
    expect(await style.text()).to.equal("main{}\n");

    const script = await ask("/assets/portal.0a1b.js", { headers: { "accept-encoding": "gzip" } });
    expect(script.headers.get("content-encoding")).to.equal("gzip");
    expect(await script.text()).to.equal("export {};\n");
  });

  it("serve nothing that is not theirs", async () => {
    for (const path of [
      "/assets/",
      "/assets/manifest.json",
      "/assets/none.js",
      "/assets/%2e%2e/package.json",
    ].concat(["/assets/..%2f..%2fpackage.json", "/assets/.htaccess", "/assets/%00"])) {
      const answer = await ask(path);
      await answer.arrayBuffer();
      expect(answer.status, path).to.be.oneOf([400, 403, 404]);
    }
  });

  it("answer HEAD, and say what they are to a browser alone", async () => {
    const head = await ask("/reset", { method: "HEAD", headers: html });

    expect(head.status).to.equal(200);
    expect(await head.text()).to.equal("");
  });
});
