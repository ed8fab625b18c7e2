// Passkeys and security keys (W3C Web Authentication, level 2): a button asks the browser for one,
// and its answer goes along with the form. The button brings this script; a document runs it once.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) =>
    each.charCodeAt(0),
  );

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const keys = (list) => list?.map((key) => ({ ...key, id: bytes(key.id) }));

/** The store's question, as the browser wants it: bytes instead of base64url. */
function question({ publicKey }) {
  return {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: publicKey.user && { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: keys(publicKey.excludeCredentials),
    allowCredentials: keys(publicKey.allowCredentials),
  };
}

/** The key's answer, as the store reads it (RegistrationResponseJSON, AuthenticationResponseJSON). */
function answer(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const told = parts.filter((part) => response[part]).map((part) => [part, text(response[part])]);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { ...Object.fromEntries(told), transports: response.getTransports?.() },
  });
}

async function asked(button) {
  if (!button.dataset.passkeyUrl) {
    return JSON.parse(document.getElementById(button.dataset.passkeyData).textContent);
  }
  const told = await fetch(button.dataset.passkeyUrl, { headers: { Accept: "application/json" } });
  if (!told.ok) throw new Error(`the store answers ${told.status}`);
  return told.json();
}

async function add(button) {
  const publicKey = question((await asked(button)).creation_options);
  // A passkey is found by the browser without a name, and asks for a finger, a face or a PIN.
  const isPasskey = button.form.elements.passwordless.checked;
  publicKey.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: isPasskey ? "required" : "discouraged",
    requireResidentKey: isPasskey,
    ...(isPasskey && { userVerification: "required" }),
  };
  return navigator.credentials.create({ publicKey });
}

async function use(button) {
  return navigator.credentials.get({ publicKey: question((await asked(button)).request_options) });
}

async function press(button) {
  const status = button.form.querySelector("[data-passkey-status]");
  button.disabled = true;
  status.textContent = "";
  try {
    const credential = await (button.dataset.passkey === "add" ? add(button) : use(button));
    button.form.elements.credential.value = answer(credential);
    button.form.submit();
  } catch (error) {
    const isKnown = error.name === "InvalidStateError";
    status.textContent = isKnown ? status.dataset.labelKnown : status.dataset.labelFailed;
    button.disabled = false;
    console.warn(error);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-passkey]");
  if (!button) return;
  event.preventDefault();
  press(button);
});
