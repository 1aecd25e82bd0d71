/** Dutch texts of the reset portal, and of the pages that both portals share. */
import type { Texts } from "./texts.ts";

const refusals: Texts["refusals"] = {
  ACCOUNT_PROTECTED:
    "Dit is een account met verhoogde bevoegdheden en kan hier niet worden beheerd. Neem contact op met uw beheerder.",
  ACCOUNT_DISABLED: "Dit account is uitgeschakeld. Vraag uw beheerder om het in te schakelen.",
  ACCOUNT_EXPIRED: "Dit account is verlopen. Vraag uw beheerder om het te verlengen.",
  ACCOUNT_STATE_UNREADABLE: "Het is niet te zien of dit account open is. Vraag het uw beheerder.",
  ACCOUNT_OUT_OF_SCOPE: "Dit account kan hier niet worden beheerd. Neem contact op met uw beheerder.",
  ACCOUNT_DENIED: "Dit account kan hier niet worden beheerd. Neem contact op met uw beheerder.",
  PROTECTION_UNKNOWN:
    "Dit account kan hier op dit moment niet worden beheerd. Neem contact op met uw beheerder.",
  TOO_MANY_WRITES:
    "U hebt in korte tijd te veel nieuwe wachtwoorden geprobeerd. Wacht 15 minuten en kies dan een wachtwoord dat aan de regels voldoet.",
  BRAKE_ENGAGED:
    "Er zijn in korte tijd te veel wachtwoorden opnieuw ingesteld. Daarom is dit tijdelijk onderbroken. Probeer het later opnieuw.",
  WRITEBACK_DISABLED:
    "Wachtwoorden kunnen hier op dit moment niet worden gewijzigd. Neem contact op met uw beheerder.",
  JOB_SIGNATURE_INVALID:
    "De server van uw organisatie heeft het verzoek niet geaccepteerd. Neem contact op met uw beheerder.",
  SEAL_INVALID: "Uw wachtwoord kon niet worden ontsleuteld. Voer het opnieuw in.",
  PASSWORD_BANNED: "Dit wachtwoord is te gemakkelijk te raden. Kies een ander wachtwoord.",
  PASSWORD_OWN_NAME: "Dit wachtwoord is weinig meer dan uw naam. Kies een wachtwoord zonder uw naam.",
  PASSWORD_BREACHED:
    "Dit wachtwoord is bij een datalek openbaar geworden. Kies een wachtwoord dat u nergens anders gebruikt.",
  PASSWORD_EMPTY: "Voer een wachtwoord in.",
  PASSWORD_TOO_SHORT: "Dit wachtwoord is te kort. Kies een langer wachtwoord.",
  PASSWORD_TOO_LONG: "Dit wachtwoord is te lang. Kies een korter wachtwoord.",
  PASSWORD_COMPLEXITY:
    "Dit wachtwoord is niet complex genoeg of bevat uw naam. Gebruik hoofdletters, kleine letters, cijfers en symbolen, en gebruik uw naam niet.",
  PASSWORD_IN_HISTORY: "U hebt dit wachtwoord al eerder gebruikt. Kies een nieuw wachtwoord.",
  PASSWORD_TOO_YOUNG:
    "Uw wachtwoord is onlangs gewijzigd en kan nu nog niet opnieuw worden gewijzigd. Probeer het later opnieuw.",
  PASSWORD_POLICY:
    "Dit wachtwoord voldoet niet aan de eisen van uw organisatie. Kies een langer wachtwoord met meer soorten tekens dat u nog niet eerder hebt gebruikt.",
  PASSWORD_CHANGE_FORBIDDEN:
    "Het wachtwoord van dit account kan hier niet worden gewijzigd. Neem contact op met uw beheerder.",
  OLD_PASSWORD_WRONG: "Uw huidige wachtwoord is onjuist. Voer het opnieuw in.",
  DIRECTORY_ACCESS_DENIED:
    "De server van uw organisatie heeft geen toestemming om dit wachtwoord te wijzigen. Neem contact op met uw beheerder.",
  DIRECTORY_UNSUPPORTED:
    "De server van uw organisatie ondersteunt dit niet. Neem contact op met uw beheerder.",
  DIRECTORY_REFERRAL:
    "De server van uw organisatie kon het verzoek niet uitvoeren. Neem contact op met uw beheerder.",
  DIRECTORY_ERROR:
    "De server van uw organisatie heeft een fout gemeld. Probeer het later opnieuw of neem contact op met uw beheerder.",
  DIRECTORY_USER_NOT_FOUND: "Dit account bestaat niet meer. Neem contact op met uw beheerder.",
  VERDICT_UNKNOWN:
    "De server van uw organisatie heeft de wijziging niet bevestigd. Probeer u aan te melden met uw nieuwe wachtwoord. Lukt dat niet, probeer het dan opnieuw.",
  NOT_APPLIED: "Er is niets gewijzigd. Probeer het opnieuw.",
  AGENT_OFFLINE:
    "De server van uw organisatie is op dit moment niet bereikbaar. Probeer het over enkele minuten opnieuw.",
  JOB_EXPIRED:
    "De server van uw organisatie heeft niet op tijd gereageerd. Er is niets gewijzigd. Probeer het opnieuw.",
  JOB_CANCELLED: "Het verzoek is geannuleerd. Er is niets gewijzigd. Probeer het opnieuw.",
  JOB_SUPERSEDED: "Dit verzoek is vervangen door een nieuwer verzoek en heeft niets gewijzigd.",
  QUEUE_FULL:
    "Er maken op dit moment te veel mensen gebruik van deze dienst. Er is niets gewijzigd. Probeer het over een minuut opnieuw.",
  TIMEOUT: "Er is een time-out opgetreden. Probeer het opnieuw.",
  NOT_SEALED_TO_AGENT:
    "De server van uw organisatie is vervangen terwijl deze pagina open was. Voer het wachtwoord opnieuw in.",
  WRITEBACK_DRAFT_INVALID: "Deze pagina heeft te lang opengestaan. Voer het wachtwoord opnieuw in.",
  RATE_LIMITED: "Te veel pogingen in korte tijd. Wacht even en probeer het dan opnieuw.",
  STORE_UNAVAILABLE: "De dienst is tijdelijk niet beschikbaar. Probeer het opnieuw.",
};

const methods: Texts["methods"] = {
  text: "Sms naar mijn mobiele telefoon",
  call: "Oproep naar mijn mobiele telefoon",
  office_call: "Oproep naar mijn telefoon op het werk",
  email: "E-mail naar mijn alternatieve adres",
  authenticator: "Authenticator-app",
  recovery_code: "Herstelcode",
  questions: "Beveiligingsvragen",
};

export const nl: Texts = {
  site: {
    errorPrefix: "Fout",
    skip: "Naar de inhoud",
    languages: "Taal",
    requestId: (id) => `Referentie voor uw beheerder: ${id}`,
    home: "Terug naar de startpagina",
    step: (step, of) => `Stap ${step} van ${of}`,
  },
  landing: {
    title: "Hulp bij uw wachtwoord",
    lead: "Wat wilt u doen?",
    forgot: "Ik ben mijn wachtwoord vergeten",
    forgotHint: "Verifieer uw identiteit en kies een nieuw wachtwoord",
    locked: "Ik weet mijn wachtwoord, maar mijn account is vergrendeld",
    lockedHint: "Ontgrendel uw account en behoud uw wachtwoord",
    register: "Mijn verificatiemethoden instellen",
    registerHint:
      "Controleer uw telefoonnummers en voeg andere methoden toe zolang u zich nog kunt aanmelden",
    change: "Mijn wachtwoord wijzigen",
    changeHint: "U hebt uw huidige wachtwoord nodig",
  },
  start: {
    title: "Weer toegang krijgen tot uw account",
    lead: "Voer uw gebruikersnaam in. Daarna verifieert u uw identiteit.",
    userName: "Gebruikersnaam",
    userNameHint: "De naam waarmee u zich aanmeldt, bijvoorbeeld naam@example.com",
    userNameMissing: "Voer uw gebruikersnaam in.",
    userNameInvalid:
      "Dit is geen geldige gebruikersnaam. Voer de naam in waarmee u zich aanmeldt, bijvoorbeeld naam@example.com of BEDRIJF\\naam.",
    next: "Volgende",
    unavailable: "Wachtwoorden kunnen op dit moment niet opnieuw worden ingesteld",
    unavailableHint:
      "De server van uw organisatie is niet bereikbaar. Probeer het over enkele minuten opnieuw.",
  },
  captcha: {
    working: "We controleren of u geen robot bent…",
    ready: "Controle voltooid.",
    failed: "De controle is mislukt. Beantwoord in plaats daarvan de vraag hieronder.",
    question: (a, b) => `Hoeveel is ${a} plus ${b}?`,
    questionHint:
      "Met deze vraag blokkeren we geautomatiseerde verzoeken. Antwoord met een getal of een woord.",
    numbers: ["nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien"].concat([
      "elf",
      "twaalf",
      "dertien",
      "veertien",
      "vijftien",
      "zestien",
      "zeventien",
      "achttien",
    ]),
  },
  reason: {
    title: "Waarbij hebt u hulp nodig?",
    userName: "Gebruikersnaam",
    legend: "Maak een keuze",
    forgot: "Ik ben mijn wachtwoord vergeten",
    forgotHint: "Kies een nieuw wachtwoord",
    locked: "Ik weet mijn wachtwoord, maar mijn account is vergrendeld",
    lockedHint: "Ontgrendel uw account en behoud uw wachtwoord",
    next: "Volgende",
    cancel: "Annuleren",
  },
  methods,
  choose: {
    title: "Verifieer uw identiteit",
    lead: "Kies hoe u uw identiteit wilt verifiëren.",
    titleSecond: "Verifieer uw identiteit: tweede methode",
    leadSecond: "Bedankt. Uw organisatie vereist een tweede, andere verificatiemethode.",
    legend: "Maak een keuze",
    toNumber: (digits) => `naar het nummer dat eindigt op ${digits}`,
    byEmail: "naar het e-mailadres dat bij uw organisatie bekend is, of dat u zelf hebt toegevoegd",
    byApp: "voer de code in die uw app toont",
    byRecoveryCode: "voer een van de codes in die u hebt afgedrukt of opgeslagen",
    byQuestions: "beantwoord de vragen die u hebt gekozen",
    number: "Volledig telefoonnummer",
    numberHint: (digits) =>
      `Het nummer eindigt op ${digits}. Voer het volledige nummer in. Spaties en leestekens worden genegeerd.`,
    next: "Volgende",
    cannotUseAny: "Ik kan geen van deze methoden gebruiken",
  },
  code: {
    titleText: "Voer de code uit de sms in",
    titleCall: "Voer de code uit de oproep in",
    titleEmail: "Voer de code uit de e-mail in",
    leadText: (digits) =>
      `Als de ingevoerde gegevens juist zijn, hebben we een code gestuurd naar het nummer dat eindigt op ${digits}.`,
    leadCall: (digits) =>
      `Als de ingevoerde gegevens juist zijn, wordt u gebeld op het nummer dat eindigt op ${digits}.`,
    leadEmail:
      "Als er een e-mailadres van u bekend is, hebben we daar een code naartoe gestuurd. Kijk ook in uw spammap.",
    label: "Code",
    hint: (minutes) => `Deze code verloopt over ${minutes === 1 ? "1 minuut" : `${minutes} minuten`}.`,
    next: "Code verifiëren",
    resend: "Nieuwe code sturen",
    resendIn: "Nieuwe code sturen over {seconds} s",
    sendsLeft: (count) =>
      count === 1 ? "U kunt nog 1 code aanvragen." : `U kunt nog ${count} codes aanvragen.`,
    noSendsLeft:
      "U kunt geen codes meer aanvragen. Hebt u geen code ontvangen, gebruik dan een andere methode.",
    differentMethod: "Een andere methode gebruiken",
  },
  enter: {
    titleAuthenticator: "Voer de code uit uw authenticator-app in",
    leadAuthenticator: "Open uw authenticator-app en voer de 6-cijferige code in die de app toont.",
    leadNextCode:
      "Deze code is juist. Omdat dit uw enige methode is, is een tweede code nodig: wacht tot uw app de volgende toont en voer die in.",
    titleRecovery: "Voer een herstelcode in",
    leadRecovery:
      "Voer een van de codes in die u hebt afgedrukt of opgeslagen. Elke code kan maar één keer worden gebruikt.",
    label: "Code",
    next: "Code verifiëren",
  },
  questions: {
    title: "Beantwoord uw beveiligingsvragen",
    lead: "Hoofdletters, accenten en spaties maken niet uit.",
    next: "Antwoorden verzenden",
  },
  password: {
    title: "Kies een nieuw wachtwoord",
    lead: "Een paar woorden zonder verband vormen een wachtwoord dat gemakkelijk te onthouden en moeilijk te raden is.",
    rules: "Wachtwoordvereisten",
    minLength: (count) => `minimaal ${count} tekens`,
    complexity: "minimaal drie van: hoofdletters, kleine letters, cijfers, symbolen",
    noName: "bevat uw naam niet",
    history: (count) =>
      count === 1 ? "anders dan uw laatste wachtwoord" : `anders dan uw laatste ${count} wachtwoorden`,
    minAge: "kan niet meteen opnieuw worden gewijzigd",
    newPassword: "Nieuw wachtwoord",
    confirmPassword: "Nieuw wachtwoord bevestigen",
    next: "Nieuw wachtwoord instellen",
    notAccepted: "Dit wachtwoord is niet geaccepteerd",
    tooShort: (count) => `Dit wachtwoord is te kort. Gebruik minimaal ${count} tekens.`,
    inHistory: (count) =>
      count === 1
        ? "Dit is hetzelfde als uw laatste wachtwoord. Kies een nieuw wachtwoord."
        : `Dit is een van uw laatste ${count} wachtwoorden. Kies een nieuw wachtwoord.`,
    tooYoung: (when) => `Uw wachtwoord is onlangs gewijzigd. U kunt het opnieuw wijzigen vanaf ${when}.`,
  },
  unlock: {
    title: "Ontgrendel uw account",
    lead: "Uw identiteit is geverifieerd. Uw wachtwoord blijft hetzelfde.",
    next: "Account ontgrendelen",
  },
  paused: {
    title: "Een korte pauze voor uw veiligheid",
    lead: "Op dit moment probeert iemand codes te raden. U hebt uw identiteit met uw enige methode bevestigd. Over ongeveer twee minuten kunt u verdergaan.",
  },
  waiting: {
    title: "Een ogenblik geduld",
    reset: "De server van uw organisatie stelt uw nieuwe wachtwoord in.",
    unlock: "De server van uw organisatie ontgrendelt uw account.",
    keepOpen: "Laat deze pagina open.",
    refresh: "Vernieuwen",
  },
  done: {
    titleReset: "Uw wachtwoord is opnieuw ingesteld",
    leadReset:
      "U kunt zich nu aanmelden met uw nieuwe wachtwoord. Het kan enkele minuten duren voordat het overal werkt.",
    mustChange: "De volgende keer dat u zich aanmeldt, wordt u gevraagd een ander wachtwoord te kiezen.",
    titleUnlock: "Uw account is ontgrendeld",
    leadUnlock: "U kunt zich nu aanmelden met uw wachtwoord.",
    unexpectedMessage:
      "Ontvangt u een bericht over een wijziging die u niet hebt gedaan? Neem dan direct contact op met uw beheerder.",
    recentTitle: "Ingesteld in de afgelopen 30 dagen",
    recentLead:
      "Deze verificatiemethoden zijn onlangs voor uw account ingesteld of bevestigd. Was u dit niet? Neem dan direct contact op met uw beheerder.",
    recentItem: (name, date) => `${name}, op ${date}`,
    close: "Sluiten",
  },
  unclear: {
    title: "Nog niet bevestigd",
    reset:
      "De server van uw organisatie heeft uw nieuwe wachtwoord niet bevestigd. Probeer u eerst aan te melden met uw nieuwe wachtwoord en daarna met uw oude.",
    unlock:
      "De server van uw organisatie heeft niet bevestigd dat uw account is ontgrendeld. Probeer u aan te melden.",
    willNotify:
      "We sturen u een bericht zodra het resultaat bekend is. Kunt u zich niet aanmelden, begin dan opnieuw.",
  },
  impossible: {
    title: "Dit is hier niet mogelijk",
    policy_group_missing:
      "Dit account kan hier op dit moment niet worden beheerd. Neem contact op met uw beheerder.",
    not_in_policy: "Uw organisatie biedt dit niet aan voor uw account.",
    unlock_off:
      "Uw organisatie biedt het ontgrendelen van accounts niet aan. U kunt wel een nieuw wachtwoord kiezen.",
    too_few_methods:
      "U hebt niet genoeg verificatiemethoden. Voeg methoden toe zodra u zich weer kunt aanmelden.",
    number_held:
      "Uw telefoonnummer is onlangs gewijzigd. Voor uw veiligheid kan het hier nog niet worden gebruikt.",
    user_gone: "Dit account bestaat niet meer.",
    askAdministrator: "Neem contact op met uw beheerder voor hulp.",
  },
  blocked: {
    title: "Te veel pogingen",
    lead: "Om veiligheidsredenen is deze gebruikersnaam hier tijdelijk geblokkeerd.",
    tryAgain: (hours) =>
      hours === 1 ? "Probeer het over 1 uur opnieuw." : `Probeer het over ${hours} uur opnieuw.`,
    accountNotAffected:
      "Dit heeft geen gevolgen voor het account zelf: u kunt zich nog steeds aanmelden met het juiste wachtwoord.",
  },
  contact: {
    title: "Contact opnemen met uw beheerder",
    link: "Zo bereikt u uw beheerder",
    message: "Bericht (optioneel)",
    messageHint: "Vermeld hoe uw beheerder u kan bereiken. Vermeld geen wachtwoord.",
    send: "Verzenden",
    sent: "Uw verzoek is ingediend. Krijgt u geen antwoord, neem dan contact op met de helpdesk van uw organisatie.",
    sentTitle: "Bedankt",
    helpDesk: "Neem contact op met de helpdesk van uw organisatie.",
    back: "Terug",
  },
  problems: {
    title: "Er is een probleem",
    wrong_code: "Deze code is onjuist. Controleer de code en probeer het opnieuw.",
    wrong_answers: "Minstens één antwoord is onjuist. Probeer het opnieuw.",
    code_expired: "Deze code is verlopen. Vraag een nieuwe aan.",
    network_closed:
      "Vanaf uw netwerk zijn te veel onjuiste codes ingevoerd. Probeer het over een uur opnieuw of gebruik een ander netwerk, bijvoorbeeld dat van uw telefoon.",
    work_needed:
      "Na meerdere onjuiste codes is bij elke code een korte controle nodig. Voer de code opnieuw in.",
    too_many_sends: "U kunt op deze manier geen codes meer aanvragen. Gebruik een andere methode.",
    resend_too_soon: "Wacht even voordat u nog een code aanvraagt.",
    number_invalid: "Dit is geen geldig telefoonnummer. Voer het volledige nummer in, met het netnummer.",
    method_used: "U hebt deze methode al gebruikt. Kies een andere.",
    stale: "Deze pagina was verouderd. Mogelijk is deze nog in een ander tabblad geopend. Ga hier verder.",
    passwords_differ: "De wachtwoorden komen niet overeen. Voer ze opnieuw in.",
    password_empty: "Voer een nieuw wachtwoord in.",
    password_too_long: "Dit wachtwoord is te lang. Gebruik maximaal 256 tekens.",
    not_applied: "Er is niets gewijzigd",
  },
  refusals,
  otherRefusal:
    "Er is iets misgegaan. Er is niets gewijzigd. Probeer het opnieuw of neem contact op met uw beheerder.",
  seal: {
    working: "Uw wachtwoord wordt versleuteld…",
    differ: "De wachtwoorden komen niet overeen.",
    empty: "Voer een wachtwoord in.",
    too_long: "Dit wachtwoord is te lang. Gebruik maximaal 256 tekens.",
    failed: "Er is iets misgegaan. Controleer uw verbinding en probeer het opnieuw.",
  },
  meter: {
    score0: "Zeer zwak",
    score1: "Zwak",
    score2: "Redelijk",
    score3: "Sterk",
    score4: "Zeer sterk",
    warn_words: "Bevat uw naam of de naam van uw organisatie",
    warn_common: "Dit is een veelgebruikt wachtwoord",
    warn_spaces: "Begint of eindigt met een spatie, die deel uitmaakt van het wachtwoord",
    warn_unusual: "Bevat tekens die op een ander toetsenbord lastig te typen kunnen zijn",
  },
  show: {
    show: "Weergeven",
    hide: "Verbergen",
    showLabel: "Wachtwoord weergeven",
    hideLabel: "Wachtwoord verbergen",
  },
  ended: {
    title: "Sessie verlopen",
    lead: "Uw sessie is verlopen. Begin opnieuw om een nieuw wachtwoord te kiezen.",
    causes: {
      password:
        "Uw sessie is beëindigd, omdat het wachtwoord van dit account zojuist is gewijzigd of opnieuw ingesteld.",
      methods:
        "Uw sessie is beëindigd, omdat de verificatiemethoden van dit account in een andere sessie zijn gewijzigd.",
      administrator: "Uw sessie is beëindigd door een beheerder.",
    },
    notYou: "Had u dit niet verwacht? Neem dan direct contact op met uw beheerder.",
    startAgain: "Opnieuw beginnen",
    closedTitle: "Sessie gesloten",
    closedLead: "U kunt dit venster nu sluiten.",
  },
  errors: {
    title: "Er is iets misgegaan",
    lead: "Probeer het over enkele ogenblikken opnieuw. Blijft het probleem bestaan, geef dan de onderstaande referentie door aan uw beheerder.",
    NOT_FOUND: {
      title: "Pagina niet gevonden",
      lead: "Hebt u het webadres zelf ingetypt, controleer dan of het klopt.",
    },
    SESSION_ENDED: { title: "Sessie verlopen", lead: "Uw sessie is verlopen. Begin opnieuw." },
    RATE_LIMITED: {
      title: "Te veel verzoeken",
      lead: "Er kwamen te veel verzoeken van uw netwerk. Wacht even en probeer het dan opnieuw.",
    },
    FORM_REFUSED: {
      title: "Verzend het formulier opnieuw",
      lead: "De pagina heeft te lang opengestaan of uw browser blokkeert cookies. Sta cookies toe, ga terug naar de startpagina en probeer het opnieuw.",
    },
    CAPTCHA_INVALID: {
      title: "We konden niet controleren of u geen robot bent",
      lead: "Mogelijk heeft de pagina te lang opengestaan. Probeer het opnieuw.",
    },
    TENANT_NOT_FOUND: {
      title: "Organisatie niet gevonden",
      lead: "Voer uw volledige gebruikersnaam in, bijvoorbeeld naam@example.com.",
    },
    SELF_SERVICE_OFF: {
      title: "Uw organisatie biedt deze dienst niet aan",
      lead: "Neem contact op met uw beheerder voor hulp bij uw wachtwoord.",
    },
    AGENT_OFFLINE: {
      title: "Op dit moment niet beschikbaar",
      lead: "De server van uw organisatie is niet bereikbaar. Probeer het over enkele minuten opnieuw.",
    },
    STORE_UNAVAILABLE: {
      title: "Dienst tijdelijk niet beschikbaar",
      lead: "Probeer het over enkele ogenblikken opnieuw.",
    },
    REQUEST_INVALID: {
      title: "Het formulier kon niet worden verwerkt",
      lead: "Sommige gegevens zijn niet geldig. Ga terug naar de startpagina en probeer het opnieuw.",
    },
    REQUEST_TOO_LARGE: { title: "Te veel tekst", lead: "Ga terug en voer minder tekst in." },
  },
};
