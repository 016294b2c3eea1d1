/**
 * Event ids that lie together: UUIDv7 (RFC 9562 §5.7) with the visit's beginning as time and a counter (§6.2).
 *
 * All of a visit's events are neighbours in the server's index, which then writes a third of what random ids cost it.
 */

/**
 * @param {number} beganAt epoch milliseconds
 * @param {(bytes: Uint8Array<ArrayBuffer>) => Uint8Array} [fill] puts random bytes in
 * @returns {() => string} the next id, later than the one before
 */
export function idsFrom(beganAt, fill = (bytes) => crypto.getRandomValues(bytes)) {
  let count = 0;
  let time = beganAt;
  return () => {
    if (count > 0xfff) {
      count = 0;
      time += 1;
    }
    const bytes = new Uint8Array(16);
    fill(bytes);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, Math.floor(time / 2 ** 32) & 0xffff);
    view.setUint32(2, time % 2 ** 32);
    view.setUint16(6, 0x7000 | count);
    view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
    count += 1;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };
}
