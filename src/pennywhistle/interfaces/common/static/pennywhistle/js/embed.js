// In other people's pages: one track plays at a time, and the next one follows.
const tracks = [...document.querySelectorAll("audio")];
tracks.forEach((track, index) => {
  track.addEventListener("play", () => {
    tracks.forEach((other) => other !== track && other.pause());
  });
  track.addEventListener("ended", () => tracks[index + 1]?.play());
});
