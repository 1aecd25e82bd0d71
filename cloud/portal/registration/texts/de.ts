/** German texts of the registration portal. */
import type { RegistrationTexts } from "./registration-texts.ts";

const names: RegistrationTexts["names"] = {
  mobile: "Mobiltelefon",
  officePhone: "Bürotelefon",
  email: "Alternative E-Mail-Adresse",
  authenticator: "Authenticator-App",
  questions: "Sicherheitsfragen",
  recoveryCodes: "Wiederherstellungscodes",
};

const hints: RegistrationTexts["hints"] = {
  mobile: "Sie erhalten einen Code per SMS oder Anruf.",
  officePhone: "Sie erhalten einen Code per Anruf.",
  email:
    "Sie erhalten einen Code per E-Mail. Verwenden Sie eine Adresse, auf die Sie ohne Ihr Passwort für die Arbeit zugreifen können.",
  authenticator:
    "Verwenden Sie den 6-stelligen Code, den eine App auf Ihrem Smartphone anzeigt. Die App funktioniert auch offline.",
  questions: "Beantworten Sie Fragen, die Sie selbst auswählen.",
  recoveryCodes: "Drucken oder speichern Sie Codes für später. Jeder Code kann nur einmal verwendet werden.",
};

const problems: RegistrationTexts["problems"] = {
  sign_in_refused:
    "Der Benutzername oder das Passwort ist falsch, oder das Konto kann zurzeit nicht verwendet werden. Geben Sie Ihr Passwort erneut ein, oder nutzen Sie die Hilfe weiter unten.",
  too_many_sign_ins:
    "Zu viele Versuche. Damit Ihr Konto nicht gesperrt wird, werden Passwörter hier 30 Minuten lang nicht geprüft. Versuchen Sie es später erneut, oder setzen Sie Ihr Passwort zurück.",
  network_closed:
    "Aus Ihrem Netzwerk kamen zu viele falsche Passwörter. Ihr Passwort wurde nicht geprüft. Versuchen Sie es in einer Stunde erneut, oder verwenden Sie ein anderes Netzwerk, zum Beispiel das Ihres Mobiltelefons.",
  unavailable:
    "Der Server Ihrer Organisation ist zurzeit nicht erreichbar. Ihr Passwort wurde nicht geprüft. Versuchen Sie es in einigen Minuten erneut.",
  stale:
    "Diese Seite war nicht mehr aktuell. Möglicherweise ist sie noch in einem anderen Tab geöffnet. Fahren Sie hier fort.",
  number_invalid: "Dies ist keine gültige Telefonnummer. Geben Sie die vollständige Nummer mit Vorwahl ein.",
  number_premium:
    "An kostenpflichtige Sondernummern können keine Codes gesendet werden. Geben Sie eine andere Nummer ein.",
  email_invalid:
    "Dies ist keine gültige E-Mail-Adresse. Geben Sie die vollständige Adresse ein, zum Beispiel name@example.com.",
  email_is_account:
    "Auf dieses Postfach können Sie nicht zugreifen, wenn Sie Ihr Passwort vergessen haben. Geben Sie eine andere Adresse ein.",
  wrong_code: "Dieser Code ist falsch. Prüfen Sie den Code, und versuchen Sie es noch einmal.",
  code_expired: "Dieser Code ist abgelaufen. Fordern Sie einen neuen an.",
  too_many_tries: "Zu viele falsche Codes. Beginnen Sie später von vorn.",
  too_many_sends:
    "Sie können zurzeit keine weiteren Codes anfordern. Versuchen Sie es später erneut, oder verwenden Sie eine andere Methode.",
  resend_too_soon: "Warten Sie einen Moment, bevor Sie einen weiteren Code anfordern.",
  send_failed:
    "Der Code konnte nicht gesendet werden. Prüfen Sie die eingegebene Nummer oder Adresse, oder versuchen Sie es später erneut.",
  must_change:
    "Ihre Organisation verlangt zuerst ein neues Passwort. Ändern Sie Ihr Passwort, und melden Sie sich dann erneut an.",
  proof_needed:
    "Um Ihre Bestätigungsmethoden zu ändern, bestätigen Sie zuerst mit einer davon Ihre Identität.",
  too_often: "Sie haben dies in kurzer Zeit mehrmals geändert. Versuchen Sie es in einigen Minuten erneut.",
  replace_waits:
    "Sie haben diese Bestätigungsmethode bereits. Mit dem Passwort allein können Sie sie nicht ersetzen. Entfernen Sie sie zuerst, oder wenden Sie sich an Ihren Administrator.",
  questions_incomplete: "Wählen Sie in jeder Zeile eine Frage aus, und geben Sie eine Antwort ein.",
  questions_repeated: "Sie haben dieselbe Frage mehrmals ausgewählt. Wählen Sie verschiedene Fragen aus.",
  answer_too_short: "Eine Antwort ist zu kurz. Verwenden Sie mindestens drei Buchstaben oder Ziffern.",
  answers_alike:
    "Geben Sie für jede Frage eine andere Antwort ein. Verwenden Sie Ihren Benutzernamen nicht als Antwort.",
  password_empty: "Geben Sie Ihr Passwort ein.",
  password_too_long: "Dieses Passwort ist zu lang. Verwenden Sie höchstens 256 Zeichen.",
  passwords_differ: "Die neuen Passwörter stimmen nicht überein. Geben Sie sie erneut ein.",
};

export const de: RegistrationTexts = {
  names,
  hints,
  problems,
  problemTitle: "Es ist ein Problem aufgetreten",
  cancel: "Abbrechen",
  signOut: "Abmelden",
  start: {
    register: "Bestätigungsmethoden einrichten",
    registerLead:
      "Melden Sie sich mit Ihrem Konto für die Arbeit an. Prüfen und ergänzen Sie dann die Methoden, mit denen Sie ein vergessenes Passwort zurücksetzen können.",
    change: "Passwort ändern",
    changeLead:
      "Geben Sie Ihren Benutzernamen ein. Auf der nächsten Seite geben Sie Ihr aktuelles und Ihr neues Passwort ein.",
  },
  signIn: {
    title: "Passwort eingeben",
    userName: "Benutzername",
    password: "Passwort",
    passwordHint:
      "Das Passwort Ihres Kontos für die Arbeit. Es wird verschlüsselt, sodass nur der Server Ihrer Organisation es prüfen kann.",
    submit: "Anmelden",
    forgot: "Passwort vergessen oder Konto gesperrt?",
    differentUser: "Anderen Benutzernamen verwenden",
  },
  checking: {
    title: "Bitte warten",
    lead: "Der Server Ihrer Organisation prüft Ihr Passwort.",
    refresh: "Aktualisieren",
  },
  overview: {
    title: "Ihre Bestätigungsmethoden",
    signedInAs: (name) => `Angemeldet als ${name}.`,
    lead: "Wenn Sie Ihr Passwort vergessen, bestätigen Sie mit diesen Methoden Ihre Identität.",
    enough: (ready, required) =>
      `Sie haben ${countMethods(ready)} einsatzbereit (erforderlich: ${required}). Ein vergessenes Passwort können Sie selbst zurücksetzen.`,
    notEnough: (ready, required) =>
      `Sie haben ${countMethods(ready)} einsatzbereit (erforderlich: ${required}). Fügen Sie ${required - ready} weitere hinzu, damit Sie ein vergessenes Passwort selbst zurücksetzen können.`,
    due: "Prüfen Sie die folgenden Methoden. Wenn sie richtig sind, bestätigen Sie dies unten auf der Seite.",
    proofFirst: "Bevor Sie Ihre Methoden ändern, bestätigen Sie einmal mit einer davon Ihre Identität.",
    newWaits: (hours) =>
      `Sie haben noch keine Methode, mit der Sie Ihre Identität bestätigen können. Zum Schutz Ihres Kontos kann eine Methode, die Sie jetzt hinzufügen, erst nach ${hours === 1 ? "einer Stunde" : `${hours} Stunden`} verwendet werden.`,
    waits: (time) => `verwendbar ab ${time}`,
    ends: (time) => `wird entfernt am ${time}`,
    notAllowed:
      "Ihre Organisation bietet das Zurücksetzen des Passworts für Ihr Konto nicht an. Sie können Ihr Passwort hier ändern.",
    managedBy: (organisation) => `verwaltet von ${organisation}`,
    addedByYou: "von Ihnen hinzugefügt",
    confirmed: (date) => `bestätigt am ${date}`,
    notConfirmed: "nicht bestätigt",
    held: "kürzlich geändert: zur sofortigen Nutzung bestätigen",
    replacedByOwn: "nicht verwendet, da Sie eigene Angaben hinzugefügt haben",
    notUsed: "von Ihrer Organisation nicht mehr verwendet",
    notSetUp: "nicht eingerichtet",
    answered: (count) => (count === 1 ? "1 Frage" : `${count} Fragen`),
    codesLeft: (count) => (count === 1 ? "noch 1 Code" : `noch ${count} Codes`),
    confirmByText: "Per SMS bestätigen",
    confirmByCall: "Per Anruf bestätigen",
    confirmByEmail: "Per E-Mail bestätigen",
    add: "Hinzufügen",
    useDifferent: "Andere Angabe verwenden",
    replace: "Ersetzen",
    newCodes: "Neue Codes abrufen",
    remove: "Entfernen",
    removeConsequence: "Sie können damit Ihre Identität dann nicht mehr bestätigen.",
    removeWaits: (hours) =>
      `Zum Schutz Ihres Kontos geschieht dies erst nach ${hours === 1 ? "einer Stunde" : `${hours} Stunden`}, weil Sie Ihre Identität nicht mit einer anderen Methode bestätigt haben.`,
    removeNow: "Jetzt entfernen",
    actionsFor: (name) => `Aktionen für ${name}`,
    confirmAll: "Bestätigen: Dies ist aktuell",
    lastConfirmed: (date) => `Sie haben dies zuletzt am ${date} bestätigt.`,
    nextConfirmation: (date) => `Am ${date} werden Sie gebeten, dies erneut zu bestätigen.`,
    changePassword: "Mein Passwort ändern",
  },
  done: {
    added: (name) => `${name}: eingerichtet. Wir senden Ihnen eine Nachricht über diese Änderung.`,
    confirmed: (name) => `${name}: bestätigt. Wir senden Ihnen eine Nachricht über diese Änderung.`,
    removed: (name) => `${name}: entfernt. Wir senden Ihnen eine Nachricht über diese Änderung.`,
    removal_waits: (name) =>
      `${name}: wird zum unten angegebenen Zeitpunkt entfernt. Wir senden Ihnen eine Nachricht über diese Änderung.`,
    reviewed: "Vielen Dank. Sie haben bestätigt, dass Ihre Bestätigungsmethoden aktuell sind.",
    proven: "Vielen Dank. Sie können Ihre Bestätigungsmethoden jetzt ändern.",
  },
  verify: {
    title: "Identität bestätigen",
    lead: "Ein Passwort allein genügt nicht, um Ihre Bestätigungsmethoden zu ändern. Wählen Sie eine Methode, um Ihre Identität zu bestätigen.",
    legend: "Wählen Sie eine aus",
    next: "Weiter",
    cannotUseAny: "Ich kann keine davon verwenden",
  },
  number: {
    titleMobile: "Ihr Mobiltelefon",
    titleOffice: "Ihr Bürotelefon",
    leadMobile:
      "Beim Zurücksetzen des Passworts ersetzt diese Nummer die Nummer, die Ihrer Organisation bekannt ist. Nur Sie können sie ändern.",
    leadOffice:
      "Beim Zurücksetzen des Passworts ersetzt diese Nummer die Nummer, die Ihrer Organisation bekannt ist.",
    label: "Telefonnummer",
    hint: (national, international) => `Zum Beispiel ${national} oder ${international}`,
    legend: "Wie möchten Sie den Code erhalten?",
    text: "Per SMS",
    call: "Per Anruf",
    send: "Code senden",
  },
  email: {
    title: "Ihre alternative E-Mail-Adresse",
    lead: "Geben Sie eine Adresse ein, auf die Sie ohne Ihr Passwort für die Arbeit zugreifen können.",
    label: "E-Mail-Adresse",
    send: "Code senden",
  },
  code: {
    titleText: "Code aus der SMS eingeben",
    titleCall: "Code aus dem Anruf eingeben",
    titleEmail: "Code aus der E-Mail eingeben",
    lead: (address) => `Der Code ist unterwegs an ${address}.`,
    proof: (address) => `Um Ihre Identität zu bestätigen, haben wir einen Code an ${address} gesendet.`,
    label: "Code",
    hint: (minutes) => `Dieser Code läuft in ${minutes === 1 ? "1 Minute" : `${minutes} Minuten`} ab.`,
    submit: "Code prüfen",
    resend: "Neuen Code senden",
    resendIn: "Neuen Code senden in {seconds} s",
    sendsLeft: (count) =>
      count === 1 ? "Sie können noch 1 Code anfordern." : `Sie können noch ${count} Codes anfordern.`,
    noSendsLeft:
      "Sie können keine weiteren Codes anfordern. Brechen Sie ab, und beginnen Sie später von vorn.",
  },
  authenticator: {
    title: "Authenticator-App einrichten",
    lead: "Sie können jede App für Einmalcodes verwenden.",
    scan: "1. Scannen Sie diesen QR-Code mit der App",
    picture: "QR-Code für Ihre Authenticator-App",
    onThisDevice: "App auf diesem Gerät öffnen",
    cannotScan: "Ich kann den QR-Code nicht scannen",
    type: "Geben Sie diesen Schlüssel in der App ein (zeitbasiert, 6 Ziffern):",
    enter: "2. Geben Sie den Code ein, den die App anzeigt",
    label: "Code",
    submit: "Code prüfen",
  },
  questions: {
    title: "Ihre Sicherheitsfragen",
    lead: (count) =>
      `Wählen Sie ${count} Fragen aus, und beantworten Sie sie. Groß- und Kleinschreibung, Akzente und Leerzeichen spielen keine Rolle.`,
    advice:
      "Wählen Sie Antworten, die andere nicht kennen. Sie müssen nicht wahr sein, aber Sie müssen sie sich merken.",
    question: (number) => `Frage ${number}`,
    answer: (number) => `Antwort ${number}`,
    save: "Speichern",
  },
  recoveryCodes: {
    title: "Ihre Wiederherstellungscodes",
    lead: "Drucken Sie diese Codes, oder bewahren Sie sie an einem sicheren Ort auf. Sie werden nur einmal angezeigt, und jeder Code kann nur einmal verwendet werden.",
    replaces: "Sobald Sie fortfahren, werden Ihre früheren Wiederherstellungscodes ungültig.",
    list: "Wiederherstellungscodes",
    print: "Drucken",
    download: "Herunterladen",
    fileName: "wiederherstellungscodes.txt",
    saved: "Ich habe diese Codes gespeichert",
  },
  change: {
    title: "Passwort ändern",
    lead: "Geben Sie Ihr aktuelles Passwort und dann zweimal Ihr neues Passwort ein.",
    mustChange:
      "Ihre Organisation verlangt, dass Sie Ihr Passwort ändern. Melden Sie sich danach mit dem neuen Passwort an, um Ihre Bestätigungsmethoden zu prüfen.",
    rulesLater:
      "Wenn Ihr neues Passwort eine Anforderung Ihrer Organisation nicht erfüllt, wird Ihnen angezeigt, welche.",
    oldPasswordAgain:
      "Geben Sie es erneut ein. Es wird zusammen mit Ihrem neuen Passwort verschlüsselt, sodass nur der Server Ihrer Organisation beide lesen kann.",
    oldPassword: "Aktuelles Passwort",
    submit: "Passwort ändern",
    notAccepted: "Ihr Passwort wurde nicht geändert",
    back: "Zurück zu Ihren Bestätigungsmethoden",
  },
  changing: {
    title: "Bitte warten",
    lead: "Der Server Ihrer Organisation ändert Ihr Passwort. Lassen Sie diese Seite geöffnet.",
    refresh: "Aktualisieren",
  },
  changed: {
    title: "Ihr Passwort wurde geändert",
    lead: "Melden Sie sich ab jetzt mit Ihrem neuen Passwort an. Es kann einige Minuten dauern, bis es überall funktioniert.",
    unexpectedMessage:
      "Wenn Sie eine Nachricht über eine Änderung erhalten, die Sie nicht vorgenommen haben, wenden Sie sich sofort an Ihren Administrator.",
    toOverview: "Bestätigungsmethoden prüfen",
  },
  unclear: {
    title: "Noch nicht bestätigt",
    lead: "Der Server Ihrer Organisation hat Ihr neues Passwort nicht bestätigt. Versuchen Sie, sich zuerst mit Ihrem neuen und dann mit Ihrem alten Passwort anzumelden.",
    continue: "Weiter",
  },
  ended: {
    title: "Sie sind abgemeldet",
    lead: "Zu Ihrer Sicherheit werden Sie auch nach einigen Minuten abgemeldet. Alles, was Sie eingerichtet haben, ist gespeichert.",
    causes: {
      password:
        "Ihre Sitzung wurde beendet, weil das Passwort dieses Kontos soeben geändert oder zurückgesetzt wurde.",
      methods:
        "Ihre Sitzung wurde beendet, weil die Bestätigungsmethoden dieses Kontos in einer anderen Sitzung geändert wurden.",
      administrator: "Ihre Sitzung wurde von einem Administrator beendet.",
    },
    notYou: "Wenn Sie dies nicht erwartet haben, wenden Sie sich sofort an Ihren Administrator.",
    signInAgain: "Erneut anmelden",
    home: "Zurück zur Startseite",
  },
};

function countMethods(count: number): string {
  return count === 1 ? "1 Bestätigungsmethode" : `${count} Bestätigungsmethoden`;
}
