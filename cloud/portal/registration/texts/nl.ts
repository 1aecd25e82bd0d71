/** Dutch texts of the registration portal. */
import type { RegistrationTexts } from "./registration-texts.ts";

const names: RegistrationTexts["names"] = {
  mobile: "Mobiele telefoon",
  officePhone: "Telefoon op het werk",
  email: "Alternatief e-mailadres",
  authenticator: "Authenticator-app",
  questions: "Beveiligingsvragen",
  recoveryCodes: "Herstelcodes",
};

const hints: RegistrationTexts["hints"] = {
  mobile: "Ontvang een code per sms of oproep.",
  officePhone: "Ontvang een code per oproep.",
  email: "Ontvang een code per e-mail. Gebruik een adres dat u zonder uw werkwachtwoord kunt openen.",
  authenticator:
    "Gebruik de 6-cijferige code die een app op uw telefoon toont. De app werkt ook zonder internet.",
  questions: "Beantwoord vragen die u zelf kiest.",
  recoveryCodes: "Druk codes af of sla ze op voor later. Elke code kan maar één keer worden gebruikt.",
};

const problems: RegistrationTexts["problems"] = {
  sign_in_refused:
    "De gebruikersnaam of het wachtwoord is onjuist, of het account kan op dit moment niet worden gebruikt. Voer uw wachtwoord opnieuw in of vraag hieronder om hulp.",
  too_many_sign_ins:
    "Te veel pogingen. Om te voorkomen dat uw account wordt vergrendeld, worden wachtwoorden hier 30 minuten niet gecontroleerd. Probeer het later opnieuw of stel uw wachtwoord opnieuw in.",
  network_closed:
    "Vanaf uw netwerk zijn te veel onjuiste wachtwoorden ingevoerd. Uw wachtwoord is niet gecontroleerd. Probeer het over een uur opnieuw of gebruik een ander netwerk, bijvoorbeeld dat van uw telefoon.",
  unavailable:
    "De server van uw organisatie is op dit moment niet bereikbaar. Uw wachtwoord is niet gecontroleerd. Probeer het over enkele minuten opnieuw.",
  stale: "Deze pagina was verouderd. Mogelijk is deze nog in een ander tabblad geopend. Ga hier verder.",
  number_invalid: "Dit is geen geldig telefoonnummer. Voer het volledige nummer in, met het netnummer.",
  number_premium: "Er kunnen geen codes worden gestuurd naar betaalnummers. Voer een ander nummer in.",
  email_invalid:
    "Dit is geen geldig e-mailadres. Voer het volledige adres in, bijvoorbeeld naam@example.com.",
  email_is_account:
    "U kunt deze mailbox niet openen als u uw wachtwoord bent vergeten. Voer een ander adres in.",
  wrong_code: "Deze code is onjuist. Controleer de code en probeer het opnieuw.",
  code_expired: "Deze code is verlopen. Vraag een nieuwe aan.",
  too_many_tries: "Te veel onjuiste codes. Begin later opnieuw.",
  too_many_sends:
    "U kunt op dit moment geen codes meer aanvragen. Probeer het later opnieuw of gebruik een andere methode.",
  resend_too_soon: "Wacht even voordat u nog een code aanvraagt.",
  send_failed:
    "De code kon niet worden gestuurd. Controleer het ingevoerde nummer of adres, of probeer het later opnieuw.",
  must_change:
    "Uw organisatie vereist eerst een nieuw wachtwoord. Wijzig uw wachtwoord en meld u daarna opnieuw aan.",
  proof_needed:
    "Om uw verificatiemethoden te wijzigen, verifieert u eerst uw identiteit met een van die methoden.",
  too_often: "U hebt dit in korte tijd meermaals gewijzigd. Probeer het over enkele minuten opnieuw.",
  replace_waits:
    "U hebt deze verificatiemethode al. Met alleen uw wachtwoord kunt u ze niet vervangen. Verwijder ze eerst of neem contact op met uw beheerder.",
  questions_incomplete: "Kies op elke regel een vraag en voer een antwoord in.",
  questions_repeated: "U hebt dezelfde vraag meer dan één keer gekozen. Kies verschillende vragen.",
  answer_too_short: "Een antwoord is te kort. Gebruik minimaal drie letters of cijfers.",
  answers_alike: "Voer voor elke vraag een ander antwoord in. Gebruik uw gebruikersnaam niet als antwoord.",
  password_empty: "Voer uw wachtwoord in.",
  password_too_long: "Dit wachtwoord is te lang. Gebruik maximaal 256 tekens.",
  passwords_differ: "De nieuwe wachtwoorden komen niet overeen. Voer ze opnieuw in.",
};

export const nl: RegistrationTexts = {
  names,
  hints,
  problems,
  problemTitle: "Er is een probleem",
  cancel: "Annuleren",
  signOut: "Afmelden",
  start: {
    register: "Uw verificatiemethoden instellen",
    registerLead:
      "Meld u aan met uw werkaccount. Controleer daarna de methoden waarmee u een vergeten wachtwoord opnieuw kunt instellen, en voeg er methoden aan toe.",
    change: "Uw wachtwoord wijzigen",
    changeLead:
      "Voer uw gebruikersnaam in. Op de volgende pagina voert u uw huidige en uw nieuwe wachtwoord in.",
  },
  signIn: {
    title: "Voer uw wachtwoord in",
    userName: "Gebruikersnaam",
    password: "Wachtwoord",
    passwordHint:
      "Het wachtwoord van uw werkaccount. Het wordt versleuteld, zodat alleen de server van uw organisatie het kan controleren.",
    submit: "Aanmelden",
    forgot: "Wachtwoord vergeten of account vergrendeld?",
    differentUser: "Een andere gebruikersnaam gebruiken",
  },
  checking: {
    title: "Een ogenblik geduld",
    lead: "De server van uw organisatie controleert uw wachtwoord.",
    refresh: "Vernieuwen",
  },
  overview: {
    title: "Uw verificatiemethoden",
    signedInAs: (name) => `Aangemeld als ${name}.`,
    lead: "Als u uw wachtwoord vergeet, verifieert u met deze methoden uw identiteit.",
    enough: (ready, required) =>
      `U hebt ${countMethods(ready)} klaar voor gebruik (vereist: ${required}). U kunt een vergeten wachtwoord zelf opnieuw instellen.`,
    notEnough: (ready, required) =>
      `U hebt ${countMethods(ready)} klaar voor gebruik (vereist: ${required}). Voeg er nog ${required - ready} toe om een vergeten wachtwoord zelf opnieuw te kunnen instellen.`,
    due: "Controleer de onderstaande methoden. Kloppen ze, bevestig dat dan onder aan de pagina.",
    proofFirst:
      "Voordat u uw methoden wijzigt, verifieert u één keer uw identiteit met een van die methoden.",
    newWaits: (hours) =>
      `U hebt nog geen methode waarmee u uw identiteit kunt verifiëren. Om uw account te beschermen, kunt u een methode die u nu toevoegt pas na ${hours} uur gebruiken.`,
    waits: (time) => `te gebruiken vanaf ${time}`,
    ends: (time) => `wordt verwijderd op ${time}`,
    notAllowed:
      "Uw organisatie biedt het opnieuw instellen van wachtwoorden niet aan voor uw account. U kunt hier wel uw wachtwoord wijzigen.",
    managedBy: (organisation) => `beheerd door ${organisation}`,
    addedByYou: "door u toegevoegd",
    confirmed: (date) => `bevestigd op ${date}`,
    notConfirmed: "niet bevestigd",
    held: "onlangs gewijzigd: bevestig om nu te gebruiken",
    replacedByOwn: "niet gebruikt, omdat u zelf iets hebt toegevoegd",
    notUsed: "niet meer gebruikt door uw organisatie",
    notSetUp: "niet ingesteld",
    answered: (count) => (count === 1 ? "1 vraag" : `${count} vragen`),
    codesLeft: (count) => (count === 1 ? "nog 1 code" : `nog ${count} codes`),
    confirmByText: "Bevestigen per sms",
    confirmByCall: "Bevestigen per oproep",
    confirmByEmail: "Bevestigen per e-mail",
    add: "Toevoegen",
    useDifferent: "Iets anders gebruiken",
    replace: "Vervangen",
    newCodes: "Nieuwe codes ophalen",
    remove: "Verwijderen",
    removeConsequence: "U kunt hiermee uw identiteit dan niet meer verifiëren.",
    removeWaits: (hours) =>
      `Om uw account te beschermen, gebeurt dit pas na ${hours} uur, omdat u uw identiteit niet met een andere methode hebt geverifieerd.`,
    removeNow: "Nu verwijderen",
    actionsFor: (name) => `Acties voor ${name}`,
    confirmAll: "Bevestigen: dit is actueel",
    lastConfirmed: (date) => `U hebt dit voor het laatst bevestigd op ${date}.`,
    nextConfirmation: (date) => `Op ${date} wordt u gevraagd dit opnieuw te bevestigen.`,
    changePassword: "Mijn wachtwoord wijzigen",
  },
  done: {
    added: (name) => `${name}: ingesteld. We sturen u een bericht over deze wijziging.`,
    confirmed: (name) => `${name}: bevestigd. We sturen u een bericht over deze wijziging.`,
    removed: (name) => `${name}: verwijderd. We sturen u een bericht over deze wijziging.`,
    removal_waits: (name) =>
      `${name}: wordt verwijderd op het tijdstip dat hieronder staat. We sturen u een bericht over deze wijziging.`,
    reviewed: "Bedankt. U hebt bevestigd dat uw verificatiemethoden actueel zijn.",
    proven: "Bedankt. U kunt nu uw verificatiemethoden wijzigen.",
  },
  verify: {
    title: "Uw identiteit verifiëren",
    lead: "Een wachtwoord alleen is niet genoeg om uw verificatiemethoden te wijzigen. Kies een methode om uw identiteit te verifiëren.",
    legend: "Kies er een",
    next: "Volgende",
    cannotUseAny: "Ik kan geen van deze methoden gebruiken",
  },
  number: {
    titleMobile: "Uw mobiele telefoon",
    titleOffice: "Uw telefoon op het werk",
    leadMobile:
      "Voor het opnieuw instellen van uw wachtwoord vervangt dit nummer het nummer dat bij uw organisatie bekend is. Alleen u kunt het wijzigen.",
    leadOffice:
      "Voor het opnieuw instellen van uw wachtwoord vervangt dit nummer het nummer dat bij uw organisatie bekend is.",
    label: "Telefoonnummer",
    hint: (national, international) => `Bijvoorbeeld ${national} of ${international}`,
    legend: "Hoe wilt u de code ontvangen?",
    text: "Per sms",
    call: "Per oproep",
    send: "Code sturen",
  },
  email: {
    title: "Uw alternatieve e-mailadres",
    lead: "Voer een adres in dat u zonder uw werkwachtwoord kunt openen.",
    label: "E-mailadres",
    send: "Code sturen",
  },
  code: {
    titleText: "Voer de code uit de sms in",
    titleCall: "Voer de code uit de oproep in",
    titleEmail: "Voer de code uit de e-mail in",
    lead: (address) => `De code is onderweg naar ${address}.`,
    proof: (address) => `Om uw identiteit te verifiëren, hebben we een code gestuurd naar ${address}.`,
    label: "Code",
    hint: (minutes) => `Deze code verloopt over ${minutes === 1 ? "1 minuut" : `${minutes} minuten`}.`,
    submit: "Code verifiëren",
    resend: "Nieuwe code sturen",
    resendIn: "Nieuwe code sturen over {seconds} s",
    sendsLeft: (count) =>
      count === 1 ? "U kunt nog 1 code aanvragen." : `U kunt nog ${count} codes aanvragen.`,
    noSendsLeft: "U kunt geen codes meer aanvragen. Annuleer en begin later opnieuw.",
  },
  authenticator: {
    title: "Uw authenticator-app instellen",
    lead: "U kunt elke app voor eenmalige codes gebruiken.",
    scan: "1. Scan deze QR-code met de app",
    picture: "QR-code voor uw authenticator-app",
    onThisDevice: "De app op dit apparaat openen",
    cannotScan: "Ik kan de QR-code niet scannen",
    type: "Voer deze sleutel in de app in (op tijd gebaseerd, 6 cijfers):",
    enter: "2. Voer de code in die de app toont",
    label: "Code",
    submit: "Code verifiëren",
  },
  questions: {
    title: "Uw beveiligingsvragen",
    lead: (count) =>
      `Kies ${count} vragen en beantwoord ze. Hoofdletters, accenten en spaties maken niet uit.`,
    advice:
      "Kies antwoorden die anderen niet kennen. Ze hoeven niet waar te zijn, maar u moet ze wel onthouden.",
    question: (number) => `Vraag ${number}`,
    answer: (number) => `Antwoord ${number}`,
    save: "Opslaan",
  },
  recoveryCodes: {
    title: "Uw herstelcodes",
    lead: "Druk deze codes af of bewaar ze op een veilige plaats. Ze worden maar één keer getoond en elke code kan maar één keer worden gebruikt.",
    replaces: "Zodra u doorgaat, werken uw eerdere herstelcodes niet meer.",
    list: "Herstelcodes",
    print: "Afdrukken",
    download: "Downloaden",
    fileName: "herstelcodes.txt",
    saved: "Ik heb deze codes opgeslagen",
  },
  change: {
    title: "Uw wachtwoord wijzigen",
    lead: "Voer uw huidige wachtwoord in en daarna twee keer uw nieuwe wachtwoord.",
    mustChange:
      "Uw organisatie vereist dat u uw wachtwoord wijzigt. Meld u daarna aan met het nieuwe wachtwoord om uw verificatiemethoden te controleren.",
    rulesLater:
      "Voldoet uw nieuwe wachtwoord niet aan een eis van uw organisatie, dan ziet u aan welke eis het niet voldoet.",
    oldPasswordAgain:
      "Voer het opnieuw in. Het wordt samen met uw nieuwe wachtwoord versleuteld, zodat alleen de server van uw organisatie ze kan lezen.",
    oldPassword: "Huidig wachtwoord",
    submit: "Wachtwoord wijzigen",
    notAccepted: "Uw wachtwoord is niet gewijzigd",
    back: "Terug naar uw verificatiemethoden",
  },
  changing: {
    title: "Een ogenblik geduld",
    lead: "De server van uw organisatie wijzigt uw wachtwoord. Laat deze pagina open.",
    refresh: "Vernieuwen",
  },
  changed: {
    title: "Uw wachtwoord is gewijzigd",
    lead: "Meld u vanaf nu aan met uw nieuwe wachtwoord. Het kan enkele minuten duren voordat het overal werkt.",
    unexpectedMessage:
      "Ontvangt u een bericht over een wijziging die u niet hebt gedaan? Neem dan direct contact op met uw beheerder.",
    toOverview: "Uw verificatiemethoden controleren",
  },
  unclear: {
    title: "Nog niet bevestigd",
    lead: "De server van uw organisatie heeft uw nieuwe wachtwoord niet bevestigd. Probeer u eerst aan te melden met uw nieuwe wachtwoord en daarna met uw oude.",
    continue: "Doorgaan",
  },
  ended: {
    title: "U bent afgemeld",
    lead: "Voor uw veiligheid wordt u ook na enkele minuten afgemeld. Alles wat u hebt ingesteld, is opgeslagen.",
    causes: {
      password:
        "Uw sessie is beëindigd, omdat het wachtwoord van dit account zojuist is gewijzigd of opnieuw ingesteld.",
      methods:
        "Uw sessie is beëindigd, omdat de verificatiemethoden van dit account in een andere sessie zijn gewijzigd.",
      administrator: "Uw sessie is beëindigd door een beheerder.",
    },
    notYou: "Had u dit niet verwacht? Neem dan direct contact op met uw beheerder.",
    signInAgain: "Opnieuw aanmelden",
    home: "Terug naar de startpagina",
  },
};

function countMethods(count: number): string {
  return count === 1 ? "1 verificatiemethode" : `${count} verificatiemethoden`;
}
