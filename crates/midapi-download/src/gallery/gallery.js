"use strict";
(() => {
  const GAP = 16;
  /** The height of a caption in pixels, the same as in the style. */
  const CAPTION = 104;
  const byId = (id) => document.getElementById(id);
  const [filter, count, grid, empty, view, stage] = ["filter", "count", "grid", "empty", "view", "stage"].map(byId);

  // Each task is [id, seconds since the epoch, prompt, settings, common prefix of the paths, rest of each path].
  const results = JSON.parse(byId("index").textContent).flatMap(([id, seconds, prompt, settings, start, ends]) => {
    const date = seconds === null ? "" : new Date(seconds * 1000).toISOString().slice(0, 10);
    const text = fold([prompt, settings, date, id].join("\n"));
    return ends.map((end) => ({ id, date, prompt, settings, text, path: start + end }));
  });
  let shown = results;
  let current = 0;
  let columns = 1;
  let rowHeight = 1;
  let frame = 0;
  /** The elements in the page, by their position in `shown`. */
  const elements = new Map();

  function fold(text) {
    return text.normalize("NFKC").toLowerCase();
  }

  function join(...texts) {
    return texts.filter(Boolean).join(" · ");
  }

  /** The relative URL of a result. Each name in the path is encoded, because it may contain `#`, `?`, `%` or `:`. */
  function url(result) {
    return "./" + result.path.split("/").map(encodeURIComponent).join("/");
  }

  function create(name, className, text) {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
  }

  function media(result, isLarge) {
    const isVideo = /\.(mp4|webm)$/i.test(result.path);
    const element = document.createElement(isVideo ? "video" : "img");
    const description = result.prompt || "No prompt";
    if (isVideo) {
      element.controls = isLarge;
      element.muted = !isLarge;
      element.preload = "metadata";
      element.setAttribute("aria-label", description);
    } else {
      element.loading = isLarge ? "eager" : "lazy";
      element.decoding = "async";
      element.alt = description;
    }
    element.addEventListener("error", () => element.parentElement?.classList.add("missing"));
    element.src = url(result);
    return element;
  }

  function card(index) {
    const result = shown[index];
    const item = document.createElement("li");
    item.setAttribute("aria-setsize", shown.length);
    item.setAttribute("aria-posinset", index + 1);
    const link = item.appendChild(document.createElement("a"));
    link.href = url(result);
    link.dataset.index = index;
    const element = media(result, false);
    const picture = link.appendChild(create("div", element.tagName === "VIDEO" ? "picture video" : "picture", ""));
    picture.append(element);
    const caption = link.appendChild(create("div", "caption", ""));
    const prompt = caption.appendChild(create("div", "prompt", result.prompt));
    prompt.dir = "auto";
    caption.append(create("div", "settings", join(result.settings, result.date)));
    return item;
  }

  /** Puts the rows in and around the window into the page, and removes all others. */
  function render() {
    frame = 0;
    const width = grid.clientWidth;
    columns = Math.max(2, Math.floor((width + GAP) / (240 + GAP)));
    const cell = (width - GAP * (columns - 1)) / columns;
    rowHeight = cell + CAPTION + GAP;
    grid.style.height = `${Math.ceil(shown.length / columns) * rowHeight}px`;
    const top = -grid.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / rowHeight) - 1) * columns;
    const last = Math.min(shown.length, (Math.ceil((top + innerHeight) / rowHeight) + 1) * columns);
    for (const [index, element] of elements) {
      if (index < first || index >= last) {
        element.remove();
        elements.delete(index);
      }
    }
    // The remaining elements have consecutive positions: new elements come before or after all of them.
    const next = grid.firstElementChild;
    const nextIndex = next?.firstElementChild.dataset.index ?? 0;
    for (let index = first; index < last; index++) {
      if (!elements.has(index)) {
        elements.set(index, grid.insertBefore(card(index), index < nextIndex ? next : null));
      }
      const { style } = elements.get(index);
      style.width = `${cell}px`;
      style.height = `${cell + CAPTION}px`;
      style.transform =
        `translate(${(index % columns) * (cell + GAP)}px, ${Math.floor(index / columns) * rowHeight}px)`;
    }
  }

  function renderSoon() {
    frame ||= requestAnimationFrame(render);
  }

  function applyFilter() {
    const words = fold(filter.value).split(/\s+/).filter(Boolean);
    shown = results.filter(({ text }) => words.every((word) => text.includes(word)));
    current = 0;
    elements.clear();
    grid.replaceChildren();
    const all = `${results.length.toLocaleString("en")} ${results.length === 1 ? "result" : "results"}`;
    count.value = words.length ? `${shown.length.toLocaleString("en")} of ${all}` : all;
    empty.hidden = shown.length > 0;
    empty.textContent = results.length ? "No result matches the filter." : "No results yet.";
    scrollTo(0, 0);
    render();
  }

  /** Moves to a result: scrolls it into the window and focuses it. */
  function moveTo(index) {
    if (!shown.length) return;
    current = Math.min(Math.max(index, 0), shown.length - 1);
    const header = document.querySelector("header").offsetHeight + GAP;
    const top = grid.getBoundingClientRect().top + Math.floor(current / columns) * rowHeight;
    if (top < header) scrollBy(0, top - header);
    else if (top + rowHeight > innerHeight) scrollBy(0, Math.min(top + rowHeight - innerHeight, top - header));
    render();
    elements.get(current)?.firstElementChild.focus({ preventScroll: true });
  }

  function open(index) {
    if (!shown.length) return;
    current = Math.min(Math.max(index, 0), shown.length - 1);
    const result = shown[current];
    stage.className = "";
    stage.replaceChildren(media(result, true));
    byId("view-prompt").textContent = result.prompt || "No prompt";
    byId("view-details").textContent = join(result.settings, result.date, result.id);
    byId("file").href = url(result);
    byId("previous").disabled = current === 0;
    byId("next").disabled = current === shown.length - 1;
    if (!view.open) view.showModal();
  }

  filter.addEventListener("input", applyFilter);
  addEventListener("scroll", renderSoon, { passive: true });
  addEventListener("resize", renderSoon);
  grid.addEventListener("focusin", (event) => {
    current = Number(event.target.dataset.index);
  });
  grid.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(Number(link.dataset.index));
  });
  byId("previous").addEventListener("click", () => open(current - 1));
  byId("next").addEventListener("click", () => open(current + 1));
  byId("close").addEventListener("click", () => view.close());
  view.addEventListener("close", () => {
    stage.replaceChildren();
    // The event fires after the dialog has closed. The filter may have the focus by then.
    if (document.activeElement !== filter) moveTo(current);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target } = event;
    if (view.open) {
      const step = target.tagName === "VIDEO" ? undefined : { ArrowLeft: -1, ArrowRight: 1 }[key];
      if (step) open(current + step);
      return;
    }
    if (target === filter) {
      if (key !== "ArrowDown") return;
      moveTo(0);
    } else if (key === "/") {
      filter.select();
    } else if (key === "Enter" && target === document.body) {
      open(current);
    } else {
      const isFocused = target.dataset.index !== undefined;
      const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
      const targets = { Home: 0, End: shown.length - 1 };
      if (key in steps) moveTo(isFocused ? current + steps[key] : current);
      else if (key in targets) moveTo(targets[key]);
      else return;
    }
    event.preventDefault();
  });

  applyFilter();
})();
