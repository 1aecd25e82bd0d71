/** Spanish texts of the registration portal. */
import type { RegistrationTexts } from "./registration-texts.ts";

const names: RegistrationTexts["names"] = {
  mobile: "Teléfono móvil",
  officePhone: "Teléfono de la oficina",
  email: "Dirección de correo electrónico alternativa",
  authenticator: "Aplicación de autenticación",
  questions: "Preguntas de seguridad",
  recoveryCodes: "Códigos de recuperación",
};

const hints: RegistrationTexts["hints"] = {
  mobile: "Reciba un código por SMS o por llamada.",
  officePhone: "Reciba un código por llamada.",
  email:
    "Reciba un código por correo electrónico. Utilice una dirección que pueda consultar sin su contraseña del trabajo.",
  authenticator:
    "Utilice el código de 6 dígitos que muestra una aplicación en su teléfono. La aplicación también funciona sin conexión.",
  questions: "Responda a preguntas que usted mismo elige.",
  recoveryCodes: "Imprima o guarde códigos para más adelante. Cada código solo se puede usar una vez.",
};

const problems: RegistrationTexts["problems"] = {
  sign_in_refused:
    "El nombre de usuario o la contraseña no son correctos, o la cuenta no se puede usar en este momento. Introduzca su contraseña de nuevo o utilice la ayuda que aparece más abajo.",
  too_many_sign_ins:
    "Demasiados intentos. Para evitar que su cuenta se bloquee, aquí no se comprobarán contraseñas durante 30 minutos. Inténtelo de nuevo más tarde o restablezca su contraseña.",
  network_closed:
    "Se han introducido demasiadas contraseñas incorrectas desde su red. Su contraseña no se ha comprobado. Inténtelo de nuevo dentro de una hora o utilice otra red, por ejemplo la de su teléfono.",
  unavailable:
    "En este momento no se puede acceder al servidor de su organización. Su contraseña no se ha comprobado. Inténtelo de nuevo dentro de unos minutos.",
  stale: "Esta página no estaba actualizada. Es posible que esté abierta en otra pestaña. Continúe aquí.",
  number_invalid: "Este número de teléfono no es válido. Introduzca el número completo, con el prefijo.",
  number_premium: "No se pueden enviar códigos a números de tarificación especial. Introduzca otro número.",
  email_invalid:
    "Esta dirección de correo electrónico no es válida. Introduzca la dirección completa, por ejemplo nombre@example.com.",
  email_is_account: "No podrá abrir este buzón si olvida su contraseña. Introduzca otra dirección.",
  wrong_code: "Este código no es correcto. Compruébelo e inténtelo de nuevo.",
  code_expired: "Este código ha caducado. Solicite uno nuevo.",
  too_many_tries: "Demasiados códigos incorrectos. Empiece de nuevo más tarde.",
  too_many_sends:
    "En este momento no puede solicitar más códigos. Inténtelo de nuevo más tarde o utilice otro método.",
  resend_too_soon: "Espere un momento antes de solicitar otro código.",
  send_failed:
    "No se ha podido enviar el código. Compruebe el número o la dirección que ha introducido, o inténtelo de nuevo más tarde.",
  must_change:
    "Su organización exige primero una contraseña nueva. Cambie su contraseña y vuelva a iniciar sesión.",
  proof_needed: "Para cambiar sus métodos de verificación, verifique antes su identidad con uno de ellos.",
  too_often: "Ha cambiado esto varias veces en poco tiempo. Inténtelo de nuevo en unos minutos.",
  replace_waits:
    "Ya tiene este método de verificación. La contraseña por sí sola no permite sustituirlo. Quítelo primero o contacte con su administrador.",
  questions_incomplete: "Elija una pregunta e introduzca una respuesta en cada línea.",
  questions_repeated: "Ha elegido la misma pregunta más de una vez. Elija preguntas distintas.",
  answer_too_short: "Una respuesta es demasiado corta. Utilice al menos tres letras o números.",
  answers_alike:
    "Introduzca una respuesta distinta para cada pregunta. No utilice su nombre de usuario como respuesta.",
  password_empty: "Introduzca su contraseña.",
  password_too_long: "Esta contraseña es demasiado larga. Utilice como máximo 256 caracteres.",
  passwords_differ: "Las nuevas contraseñas no coinciden. Introdúzcalas de nuevo.",
};

export const es: RegistrationTexts = {
  names,
  hints,
  problems,
  problemTitle: "Hay un problema",
  cancel: "Cancelar",
  signOut: "Cerrar sesión",
  start: {
    register: "Configurar sus métodos de verificación",
    registerLead:
      "Inicie sesión con su cuenta del trabajo. Después, revise y añada los métodos que le permiten restablecer una contraseña olvidada.",
    change: "Cambiar su contraseña",
    changeLead:
      "Introduzca su nombre de usuario. En la página siguiente introducirá su contraseña actual y la nueva.",
  },
  signIn: {
    title: "Introduzca su contraseña",
    userName: "Nombre de usuario",
    password: "Contraseña",
    passwordHint:
      "La contraseña de su cuenta del trabajo. Se cifra para que solo el servidor de su organización pueda comprobarla.",
    submit: "Iniciar sesión",
    forgot: "¿Ha olvidado su contraseña o su cuenta está bloqueada?",
    differentUser: "Utilizar otro nombre de usuario",
  },
  checking: {
    title: "Espere un momento",
    lead: "El servidor de su organización está comprobando su contraseña.",
    refresh: "Actualizar",
  },
  overview: {
    title: "Sus métodos de verificación",
    signedInAs: (name) => `Sesión iniciada como ${name}.`,
    lead: "Si olvida su contraseña, verificará su identidad con estos métodos.",
    enough: (ready, required) =>
      `Tiene ${countMethods(ready)} (mínimo exigido: ${required}). Puede restablecer usted mismo una contraseña olvidada.`,
    notEnough: (ready, required) =>
      `Tiene ${countMethods(ready)} (mínimo exigido: ${required}). Añada ${required - ready} más para poder restablecer usted mismo una contraseña olvidada.`,
    due: "Revise los métodos siguientes. Si son correctos, confírmelo al final de la página.",
    proofFirst: "Antes de cambiar sus métodos, verificará una vez su identidad con uno de ellos.",
    newWaits: (hours) =>
      `Aún no tiene ningún método que pueda verificar su identidad. Para proteger su cuenta, un método que añada ahora solo se podrá usar después de ${hours === 1 ? "1 hora" : `${hours} horas`}.`,
    waits: (time) => `se puede usar a partir del ${time}`,
    ends: (time) => `se quitará el ${time}`,
    notAllowed:
      "Su organización no ofrece el restablecimiento de contraseña para su cuenta. Aquí puede cambiar su contraseña.",
    managedBy: (organisation) => `administrado por ${organisation}`,
    addedByYou: "añadido por usted",
    confirmed: (date) => `confirmado el ${date}`,
    notConfirmed: "sin confirmar",
    held: "cambiado hace poco: confírmelo para usarlo ya",
    replacedByOwn: "no se usa porque ha añadido uno propio",
    notUsed: "su organización ya no lo utiliza",
    notSetUp: "sin configurar",
    answered: (count) => (count === 1 ? "1 pregunta" : `${count} preguntas`),
    codesLeft: (count) => (count === 1 ? "queda 1 código" : `quedan ${count} códigos`),
    confirmByText: "Confirmar por SMS",
    confirmByCall: "Confirmar por llamada",
    confirmByEmail: "Confirmar por correo electrónico",
    add: "Añadir",
    useDifferent: "Utilizar otro",
    replace: "Sustituir",
    newCodes: "Obtener códigos nuevos",
    remove: "Quitar",
    removeConsequence: "Ya no podrá verificar su identidad con este método.",
    removeWaits: (hours) =>
      `Para proteger su cuenta, esto solo surte efecto después de ${hours === 1 ? "1 hora" : `${hours} horas`}, porque no ha verificado su identidad con otro método.`,
    removeNow: "Quitar ahora",
    actionsFor: (name) => `Acciones para ${name}`,
    confirmAll: "Confirmar que está actualizado",
    lastConfirmed: (date) => `Lo confirmó por última vez el ${date}.`,
    nextConfirmation: (date) => `Se le pedirá que lo confirme de nuevo el ${date}.`,
    changePassword: "Cambiar mi contraseña",
  },
  done: {
    added: (name) => `${name}: configuración completada. Le enviaremos un mensaje sobre este cambio.`,
    confirmed: (name) => `${name}: confirmación completada. Le enviaremos un mensaje sobre este cambio.`,
    removed: (name) => `${name}: eliminación completada. Le enviaremos un mensaje sobre este cambio.`,
    removal_waits: (name) =>
      `${name}: se quitará en la fecha indicada abajo. Le enviaremos un mensaje sobre este cambio.`,
    reviewed: "Gracias. Ha confirmado que sus métodos de verificación están actualizados.",
    proven: "Gracias. Ya puede cambiar sus métodos de verificación.",
  },
  verify: {
    title: "Verifique su identidad",
    lead: "Una contraseña por sí sola no basta para cambiar sus métodos de verificación. Elija un método para verificar su identidad.",
    legend: "Elija uno",
    next: "Siguiente",
    cannotUseAny: "No puedo usar ninguno de estos",
  },
  number: {
    titleMobile: "Su teléfono móvil",
    titleOffice: "Su teléfono de la oficina",
    leadMobile:
      "Para restablecer la contraseña, este número sustituye al que consta en su organización. Solo usted puede cambiarlo.",
    leadOffice: "Para restablecer la contraseña, este número sustituye al que consta en su organización.",
    label: "Número de teléfono",
    hint: (national, international) => `Por ejemplo, ${national} o ${international}`,
    legend: "¿Cómo desea recibir el código?",
    text: "Por SMS",
    call: "Por llamada",
    send: "Enviar código",
  },
  email: {
    title: "Su dirección de correo electrónico alternativa",
    lead: "Introduzca una dirección que pueda consultar sin su contraseña del trabajo.",
    label: "Dirección de correo electrónico",
    send: "Enviar código",
  },
  code: {
    titleText: "Introduzca el código del SMS",
    titleCall: "Introduzca el código de la llamada",
    titleEmail: "Introduzca el código del correo electrónico",
    lead: (address) => `El código está en camino a ${address}.`,
    proof: (address) => `Para verificar su identidad, hemos enviado un código a ${address}.`,
    label: "Código",
    hint: (minutes) => `Este código caduca en ${minutes === 1 ? "1 minuto" : `${minutes} minutos`}.`,
    submit: "Verificar código",
    resend: "Enviar un código nuevo",
    resendIn: "Enviar un código nuevo en {seconds} s",
    sendsLeft: (count) =>
      count === 1 ? "Puede solicitar 1 código más." : `Puede solicitar ${count} códigos más.`,
    noSendsLeft: "No puede solicitar más códigos. Cancele y empiece de nuevo más tarde.",
  },
  authenticator: {
    title: "Configurar su aplicación de autenticación",
    lead: "Puede utilizar cualquier aplicación que genere códigos de un solo uso.",
    scan: "1. Escanee este código QR con la aplicación",
    picture: "Código QR para su aplicación de autenticación",
    onThisDevice: "Abrir la aplicación en este dispositivo",
    cannotScan: "No puedo escanear el código QR",
    type: "Introduzca esta clave en la aplicación (basada en el tiempo, 6 dígitos):",
    enter: "2. Introduzca el código que muestra la aplicación",
    label: "Código",
    submit: "Verificar código",
  },
  questions: {
    title: "Sus preguntas de seguridad",
    lead: (count) =>
      `Elija ${count} preguntas y respóndalas. Las mayúsculas, las tildes y los espacios no importan.`,
    advice:
      "Elija respuestas que otras personas no conozcan. No tienen que ser verdaderas, pero debe recordarlas.",
    question: (number) => `Pregunta ${number}`,
    answer: (number) => `Respuesta ${number}`,
    save: "Guardar",
  },
  recoveryCodes: {
    title: "Sus códigos de recuperación",
    lead: "Imprima estos códigos o guárdelos en un lugar seguro. Solo se muestran una vez y cada código solo se puede usar una vez.",
    replaces: "Cuando continúe, los códigos de recuperación anteriores dejarán de funcionar.",
    list: "Códigos de recuperación",
    print: "Imprimir",
    download: "Descargar",
    fileName: "codigos-de-recuperacion.txt",
    saved: "He guardado estos códigos",
  },
  change: {
    title: "Cambiar su contraseña",
    lead: "Introduzca su contraseña actual y, a continuación, la nueva dos veces.",
    mustChange:
      "Su organización le exige que cambie la contraseña. Después, inicie sesión con la contraseña nueva para revisar sus métodos de verificación.",
    rulesLater: "Si su nueva contraseña no cumple algún requisito de su organización, se le indicará cuál.",
    oldPasswordAgain:
      "Introdúzcala de nuevo. Se cifra junto con la nueva para que solo el servidor de su organización pueda leerlas.",
    oldPassword: "Contraseña actual",
    submit: "Cambiar contraseña",
    notAccepted: "No se ha cambiado su contraseña",
    back: "Volver a sus métodos de verificación",
  },
  changing: {
    title: "Espere un momento",
    lead: "El servidor de su organización está cambiando su contraseña. Mantenga esta página abierta.",
    refresh: "Actualizar",
  },
  changed: {
    title: "Su contraseña se ha cambiado",
    lead: "A partir de ahora, inicie sesión con su nueva contraseña. Puede tardar unos minutos en funcionar en todas partes.",
    unexpectedMessage:
      "Si recibe un mensaje sobre un cambio que usted no ha hecho, póngase en contacto con su administrador de inmediato.",
    toOverview: "Revisar sus métodos de verificación",
  },
  unclear: {
    title: "Aún sin confirmar",
    lead: "El servidor de su organización no ha confirmado su nueva contraseña. Intente iniciar sesión primero con la nueva contraseña y después con la anterior.",
    continue: "Continuar",
  },
  ended: {
    title: "Ha cerrado la sesión",
    lead: "Por su seguridad, la sesión también se cierra al cabo de unos minutos. Todo lo que ha configurado se ha guardado.",
    causes: {
      password:
        "Su sesión se ha cerrado porque la contraseña de esta cuenta se acaba de cambiar o restablecer.",
      methods:
        "Su sesión se ha cerrado porque los métodos de verificación de esta cuenta se han cambiado en otra sesión.",
      administrator: "Un administrador ha cerrado su sesión.",
    },
    notYou: "Si no lo esperaba, póngase en contacto con su administrador de inmediato.",
    signInAgain: "Volver a iniciar sesión",
    home: "Volver a la página de inicio",
  },
};

function countMethods(count: number): string {
  return count === 1 ? "1 método de verificación listo" : `${count} métodos de verificación listos`;
}
