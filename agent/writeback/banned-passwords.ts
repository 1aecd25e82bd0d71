/** The passwords that are guessed first, refused whatever the directory's own rule says. */

/** The stems of the lists that attackers begin with; digits and signs around a stem, and look-alike letters, do not save it. */
const STEMS: ReadonlySet<string> = new Set(
  (
    "password passwort passw0rd motdepasse wachtwoord contrasena senha parola haslo salasana " +
    "welcome willkommen bienvenue welkom hello hallo letmein login admin administrator root user guest test " +
    "changeme default secret temp temporary qwerty qwertyuiop qwertz azerty asdfgh asdfghjkl zxcvbn zxcvbnm " +
    "iloveyou monkey dragon master sunshine princess football baseball superman batman trustno " +
    "spring summer autumn winter printemps automne hiver lente zomer herfst sommer " +
    "january february march april june july august september october november december " +
    "monday tuesday wednesday thursday friday saturday sunday"
  ).split(" "),
);

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** A shorter one is the business of the directory's own rule, which names the length. */
const SHORTEST = 6;

/** Is it a common stem with nothing but digits and signs around it, or digits or repeats alone? `Welcome2024!` is. */
export function isBanned(password: string): boolean {
  const text = password.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  if (text.length < SHORTEST) return false;
  if (/^\d+$/.test(text) || /^(.{1,3})\1+$/su.test(text)) return true;
  const ended = text.replace(/[^\p{L}]+$/u, "");
  const bare = ended.replace(/^[^\p{L}]+/u, "");
  return [bare, withoutLookAlikes(bare), withoutLookAlikes(ended)].some((stem) => STEMS.has(stem));
}

const withoutLookAlikes = (text: string): string =>
  text.replace(/./gu, (character) => LOOK_ALIKES[character] ?? character);
