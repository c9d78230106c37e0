"""What all widgets have: a layer, its axes, buttons, a bar of progress, and a work that they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Sequence

from magicgui.widgets import ComboBox, Container, LineEdit, ProgressBar, PushButton
from magicgui.widgets.bases import Widget
from napari.layers import Image
from napari.utils.notifications import show_error, show_warning
from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QScrollArea, QWidget

import abbe

from ._layers import Region, Source, around, axes_of, images_of
from ._work import Work

if TYPE_CHECKING:
    from napari.viewer import Viewer


class Panel(Container):
    """A widget that makes layers of a layer.

    Args:
        viewer: Whose layers.
        widgets: Fields between the layer and the buttons.
        run: Text of the button that begins.
        preview: Whether a part can be tried.
    """

    def __init__(self, viewer: Viewer, widgets: Sequence[Widget], run: str, preview: bool = True) -> None:
        self._viewer, self._work, self._closed, self._last = viewer, None, False, None
        self._image = ComboBox(choices=images_of(viewer), label="image", tooltip="The layer to work on; it is not changed")
        self._axes = LineEdit(
            label="axes", tooltip="One letter for each axis, slowest first, of t (time), c (channel), z, y, x, e.g. zyx for a stack"
        )
        self._run = PushButton(text=run)
        self._preview = PushButton(
            text="Preview", tooltip="Works on at most 256 x 256 pixels and 33 planes around the middle of the view, as a layer of its own"
        )
        self._cancel = PushButton(text="Cancel", enabled=False)
        self._bar = ProgressBar(min=0, max=100, value=0, label="")
        buttons = [self._run, *([self._preview] if preview else []), self._cancel]
        row = Container(widgets=buttons, layout="horizontal", labels=False)
        row.margins = (0, 0, 0, 0)
        choices = Container(widgets=[self._image, self._axes])
        choices.margins = (0, 0, 0, 0)
        self._inner = Container(widgets=[choices, *widgets], labels=False)
        self._inner.native.layout().addStretch()
        super().__init__(widgets=[row, self._bar], labels=False)
        # napari docks what is in a scrollable container of magicgui without the container, so that nothing would scroll.
        self._scroll = _Scroll(self._inner.native)
        self.native.layout().insertWidget(0, self._scroll)
        self._timer = QTimer(self.native)
        self._timer.setInterval(100)
        self._timer.timeout.connect(self._tell)
        self.native.destroyed.connect(self._close)
        self._image.changed.connect(self._take)
        self._axes.changed.connect(self.taken)
        self._run.changed.connect(lambda: self._begin(False))
        self._preview.changed.connect(lambda: self._begin(True))
        self._cancel.changed.connect(self.cancel)
        self._take()

    def reset_choices(self, *_event: Any) -> None:
        """Takes up the layers that there are now."""
        self._inner.reset_choices()

    def prepare(self, source: Source, region: Region) -> Callable[[Work], Any]:
        """What is to be done with a region of a layer, on a thread of its own; fields are read here, on the main thread."""
        raise NotImplementedError

    def finish(self, source: Source, region: Region, result: Any, name: str) -> list[Image]:
        """The layers of a result."""
        raise NotImplementedError

    def region(self, source: Source) -> Region:
        """What :meth:`prepare` gets of a layer where no preview is wanted."""
        return source.whole

    def taken(self, *_value: Any) -> None:
        """Is called when another layer was chosen, or its axes changed."""

    @property
    def layer(self) -> Image | None:
        """The layer to work on."""
        return self._image.value

    @property
    def axes(self) -> str:
        """Its axes as the field has them."""
        return str(self._axes.value).strip().lower()

    @property
    def point(self) -> tuple[float, ...]:
        """The middle of the view, in the world, with as many axes as the layer."""
        dims, point = self._viewer.dims, list(self._viewer.dims.point)
        for axis, centre in zip(dims.displayed, self._viewer.camera.center[-len(dims.displayed) :]):
            point[axis] = centre
        return tuple(point[-self.layer.ndim :])

    def cancel(self) -> None:
        """Stops the work that this widget began."""
        if self._work is not None:
            self._work.cancel()

    def _begin(self, preview: bool) -> None:
        if Work.running is not None:
            show_warning(f"abbe is at work ({Work.running.title}); wait for it, or cancel it")
            return
        if self.layer is None:
            show_error("there is no image layer; open an image first")
            return
        title = f"{self._run.text} {self.layer.name}"
        try:
            source = Source(self.layer, self.axes)
            region = around(self.layer, source.axes, self.point) if preview else self.region(source)
            call = self.prepare(source, region)
        except abbe.Error as failure:
            show_error(f"{title}: {failure}")
            return
        self._work = Work(title, call)
        self._run.enabled = self._preview.enabled = False
        self._cancel.enabled = True
        self._timer.start()
        self._work.start(lambda result: self._show(source, region, result, preview), self._end)

    def _show(self, source: Source, region: Region, result: Any, preview: bool) -> None:
        if self._closed:
            return
        layers = self.finish(source, region, result, f"{source.name} (preview)" if preview else source.name)
        if preview:  # the one before is of no use any more
            for layer in self._last or []:
                if layer in self._viewer.layers:
                    self._viewer.layers.remove(layer)
            self._last = layers
        for layer in layers:
            self._viewer.add_layer(layer)

    def _end(self) -> None:
        self._work = None
        if self._closed:
            return
        self._timer.stop()
        self._bar.value = 0
        self._run.enabled = self._preview.enabled = True
        self._cancel.enabled = False
        self.taken()

    def _tell(self) -> None:
        if self._work is not None:
            self._bar.value = round(100 * self._work.share)

    def _close(self, *_object: Any) -> None:
        self._closed = True
        self.cancel()

    def _take(self, *_value: Any) -> None:
        self._axes.value = "" if self.layer is None else axes_of(self.layer)
        self.taken()


class _Scroll(QScrollArea):
    """Scrolls down only, and is as wide as what is in it."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)
        content.installEventFilter(self)

    def eventFilter(self, content: QObject, event: QEvent) -> bool:  # noqa: N802: Qt's name
        if event.type() == QEvent.Type.LayoutRequest:
            self.setMinimumWidth(content.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width())
        return False
