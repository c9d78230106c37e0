package abbe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Work prepared for images of one layout: an ordered chain of steps. Describe the input, add steps, {@link #commit()}
 * once, execute for each image. Whatever is set after a commit needs another one.
 *
 * <p>Calls on one plan run one after another, but for {@link #cancel()}, {@link #get(Parameter.NumberFact)} and its
 * relatives, which never wait.
 */
public final class Plan extends Inspectable<Plan> {
  private final Execution execution;

  /**
   * Makes a plan without steps.
   *
   * @param context threads and log
   * @throws AbbeException when the context is closed
   */
  public Plan(Context context) throws AbbeException {
    this(create(context), new Execution());
  }

  private Plan(long created, Execution execution) throws AbbeException {
    super("plan", created, plan -> {
      Native.planDestroy(plan);
      execution.close();
    });
    this.execution = execution;
  }

  private static long create(Context context) throws AbbeException {
    long[] created = new long[1];
    AbbeException.check(Native.planCreate(context, context.handle(), created));
    return created[0];
  }

  /**
   * Makes a plan that does what another one did. It has no layout of images yet: {@link #input} is next. What the text
   * cannot hold must be given again, as the log says: a measured point spread function, a network, a mask.
   *
   * @param context threads and log
   * @param json what {@link #saveJson()} or {@link #report()} gave
   * @return the plan
   * @throws AbbeException {@link Status#ARGUMENT} when it is neither, or has names and values that this version does
   *     not know
   */
  public static Plan loadJson(Context context, String json) throws AbbeException {
    long[] created = new long[1];
    AbbeException.check(Native.planLoadJson(context, context.handle(), Native.text("json", json), created));
    return new Plan(created[0], new Execution());
  }

  /**
   * What the plan does, as JSON for {@link #loadJson}: its steps with their settings, and the point spread functions
   * with theirs; only what was set.
   *
   * @return a JSON object
   * @throws AbbeException {@link Status#STATE} when another call on the plan is under way
   */
  public String saveJson() throws AbbeException {
    byte[][] json = new byte[1][];
    AbbeException.check(Native.planSaveJson(this, idle(), json));
    return new String(json[0], StandardCharsets.UTF_8);
  }

  /**
   * Appends a step; what is set from now on belongs to it.
   *
   * @param step what it does
   * @return this
   * @throws AbbeException {@link Status#UNSUPPORTED} when the loaded library lacks it
   */
  public Plan add(Step step) throws AbbeException {
    AbbeException.check(Native.planAddStep(this, idle(), step.number));
    return this;
  }

  /**
   * Chooses the step that what is set from now on belongs to.
   *
   * @param index 0 for the step added first
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} when there is none
   */
  public Plan select(int index) throws AbbeException {
    AbbeException.check(Native.planSelectStep(this, idle(), index));
    return this;
  }

  /**
   * Gives the chosen step, a deconvolution, its point spread function. What is set on it later takes effect at the
   * next commit; it may be closed before the plan.
   *
   * @param psf the point spread function
   * @return this
   * @throws AbbeException {@link Status#STATE} when the chosen step takes none
   */
  public Plan set(Psf psf) throws AbbeException {
    AbbeException.check(Native.planSetPsf(this, idle(), psf, psf.handle()));
    return this;
  }

  /**
   * Gives a channel of the chosen step, a deconvolution, a point spread function of its own: each colour of a
   * fluorescence image is blurred in its own way. Channels without one take that of {@link #set(Psf)}.
   *
   * @param channel 0 for the first along c; whether the images have it is checked by {@link #commit()}
   * @param psf the point spread function, as for {@link #set(Psf)}; null: the channel has none of its own
   * @return this
   * @throws AbbeException {@link Status#STATE} when the chosen step takes none; {@link Status#ARGUMENT} for a negative
   *     channel
   */
  public Plan set(int channel, Psf psf) throws AbbeException {
    long handle = psf == null ? 0 : psf.handle();
    AbbeException.check(Native.planSetChannelPsf(this, idle(), channel, psf, handle));
    return this;
  }

  /**
   * Gives the chosen step, a network, its model; it may be closed before the plan.
   *
   * @param model the model
   * @return this
   * @throws AbbeException {@link Status#STATE} when the chosen step takes none
   */
  public Plan set(Model model) throws AbbeException {
    AbbeException.check(Native.planSetModel(this, idle(), model, model.handle()));
    return this;
  }

  /**
   * Gives an input of the chosen step's network the samples that it reads in every run: a point spread function, a table,
   * of extents of its own. They are what the network reads; the next {@link #set(Model)} forgets them.
   *
   * @param name name of the input
   * @param samples packed, last axis fastest
   * @param shape extents of all its axes
   * @return this
   * @throws AbbeException {@link Status#STATE} when the chosen step has no network; {@link Status#ARGUMENT} for an input
   *     that there is not, or that is the only image, and for samples that do not fit it
   */
  public Plan modelInput(String name, float[] samples, long... shape) throws AbbeException {
    AbbeException.check(Native.planSetModelInput(this, idle(), Native.text("name", name), samples, shape));
    return this;
  }

  /**
   * States how the source image lies in memory: tightly packed.
   *
   * @param dtype sample type
   * @param axes a letter per axis, slowest first: t, c, z, y, x, each at most once, y and x always: "yx", "zyx", "cyx",
   *     "yxc", "tczyx". Channels and time points are independent images.
   * @param shape extents in samples, one per axis, 1 or more
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} when they contradict each other
   */
  public Plan input(Dtype dtype, String axes, long... shape) throws AbbeException {
    return input(dtype, axes, shape, null, 0);
  }

  /**
   * States how the source image lies in memory.
   *
   * @param dtype sample type
   * @param axes as in {@link #input(Dtype, String, long...)}
   * @param shape extents in samples, one per axis, 1 or more
   * @param byteStrides bytes from one sample to the next, one per axis; may be negative. Null: tightly packed
   * @param byteOffset bytes from the buffer's position to the sample at index 0,...,0. For a bottom-up image
   *     (rows - 1) * pitch, with a row stride of -pitch
   * @return this
   * @throws AbbeException {@link Status#ARGUMENT} when they contradict each other
   */
  public Plan input(Dtype dtype, String axes, long[] shape, long[] byteStrides, long byteOffset) throws AbbeException {
    byte[] letters = Native.text("axes", axes);
    AbbeException.check(
        Native.planSetInput(this, idle(), dtype.number, letters, shape, byteStrides, byteOffset));
    execution.reads(dtype, byteStrides == null && byteOffset == 0);
    return this;
  }

  /**
   * States which samples of the images to come were measured. Deconvolutions need not explain the others, and nothing
   * takes its background, statistics or noise from them.
   *
   * @param mask a value for each sample (z, y, x) of an image, x fastest: 0 where it was not measured; it holds for all
   *     channels and time points. Null: all were measured
   * @return this
   * @throws AbbeException {@link Status#STATE} before {@link #input}; {@link Status#ARGUMENT} for another number of
   *     values, or 0 everywhere
   */
  public Plan mask(byte[] mask) throws AbbeException {
    AbbeException.check(Native.planSetMask(this, idle(), mask));
    return this;
  }

  /**
   * Gives the selected step, a camera step, a map of the sensor's pixels.
   *
   * @param map what it holds
   * @param samples a number for each pixel, x fastest; null takes the map back
   * @param rows pixels along y, those of the image
   * @param columns pixels along x
   * @return this
   * @throws AbbeException {@link Status#STATE} for another step; {@link Status#ARGUMENT} for values that no pixel has
   */
  public Plan sensorMap(SensorMap map, float[] samples, long rows, long columns) throws AbbeException {
    AbbeException.check(Native.planSetSensorMap(this, idle(), map.number, samples, new long[] {rows, columns}));
    return this;
  }

  /**
   * States the sample type of the target image, tightly packed; without it, it is the source's.
   *
   * @param dtype sample type; real results are rounded and limited to it, and the report counts what was clipped
   * @return this
   * @throws AbbeException {@link Status#STATE} before {@link #input}
   */
  public Plan output(Dtype dtype) throws AbbeException {
    return output(dtype, null, 0);
  }

  /**
   * States how the target image lies in memory.
   *
   * @param dtype sample type
   * @param byteStrides bytes from one sample to the next, one for each axis of {@link #outputShape()}; may be
   *     negative, but no two samples may overlap. Null: tightly packed
   * @param byteOffset bytes from the buffer's position to the sample at index 0,...,0
   * @return this
   * @throws AbbeException {@link Status#STATE} before {@link #input}
   */
  public Plan output(Dtype dtype, long[] byteStrides, long byteOffset) throws AbbeException {
    AbbeException.check(Native.planSetOutput(this, idle(), dtype.number, byteStrides, byteOffset));
    execution.writes(dtype, byteStrides == null && byteOffset == 0);
    return this;
  }

  /**
   * The extents of the target image; its axes are the source's. Known before commit.
   *
   * @return extents in samples, one per axis
   * @throws AbbeException {@link Status#STATE} before {@link #input}, or when a step lacks something
   */
  public long[] outputShape() throws AbbeException {
    long[] shape = new long[5];
    int[] count = new int[1];
    AbbeException.check(Native.planOutputShape(this, idle(), shape, count));
    return Arrays.copyOf(shape, count[0]);
  }

  /**
   * Sets who is told of progress; the plan stays committed.
   *
   * @param listener called while this plan executes; null for nobody
   * @return this
   */
  public Plan onProgress(ProgressListener listener) {
    execution.tells(listener);
    return this;
  }

  /**
   * Checks everything, computes the point spread functions, builds transforms and allocates all memory. May take
   * seconds.
   *
   * @return this
   * @throws AbbeException {@link Status#STATE} when something is missing, {@link Status#MEMORY} when memory is short or
   *     capped too low
   */
  public Plan commit() throws AbbeException {
    AbbeException.check(Native.planCommit(this, idle()));
    return this;
  }

  /**
   * Enhances one image, without a copy. The bytes from position to limit are used; neither is moved.
   *
   * @param source direct, in the machine's byte order, at least {@link Parameters#PLAN_INPUT_BYTES} bytes; not written
   * @param target direct, in the machine's byte order, not read-only, at least {@link Parameters#PLAN_OUTPUT_BYTES}
   *     bytes; {@code source} itself where both layouts are equal, or disjoint from it
   * @throws AbbeException {@link Status#ARGUMENT} for a heap buffer and other buffers that do not fit,
   *     {@link Status#STATE} before {@link #commit()}, {@link Status#CANCELLED} after {@link #cancel()} or when the
   *     thread is interrupted, whose interrupt flag stays set
   */
  public void execute(ByteBuffer source, ByteBuffer target) throws AbbeException {
    idle();
    execution.run(this, source, target);
  }

  /**
   * Enhances one tightly packed image in arrays. Each is copied once; the target is written on success only.
   *
   * @param source {@code byte[]}, {@code short[]}, {@code char[]} or {@code float[]} as {@link Dtype} says, of exactly
   *     the image's size
   * @param target another one for the target's sample type, or the same
   * @throws AbbeException as {@link #execute(ByteBuffer, ByteBuffer)}
   */
  public void execute(Object source, Object target) throws AbbeException {
    executePlanes(new Object[] {source}, new Object[] {target});
  }

  /**
   * Enhances one tightly packed image of any size that Java holds in parts, e.g. as the planes of a stack.
   *
   * @param source arrays as in {@link #execute(Object, Object)}, or byte buffers (position to limit) in the machine's
   *     byte order, that make the image when put one after the other
   * @param target the same for the target; written on success only
   * @throws AbbeException as {@link #execute(ByteBuffer, ByteBuffer)}
   */
  public void executePlanes(Object[] source, Object[] target) throws AbbeException {
    idle();
    execution.run(this, source, target);
  }

  /**
   * Enhances images that are read and written in blocks, so that they may be larger than memory. For plans of one
   * deconvolve step, with or without a background step before it, that are committed with
   * {@link Parameters#PLAN_BLOCKS} = 1; {@link Parameters#PLAN_MEMORY_CAP_BYTES} makes blocks smaller than an image. Every
   * sample is read at least twice and written once. Of what {@link #input} and {@link #output} were told, types, axes and
   * extents count.
   *
   * @param reader gives the blocks of the source
   * @param writer takes the blocks of the target; after a failure those that were written stay written
   * @throws AbbeException {@link Status#STATE} before such a commit,
   *     {@link Status#MEMORY} where a block has more bytes than a buffer of Java, {@link Status#CANCELLED} after
   *     {@link #cancel()} or when the thread is interrupted
   * @throws IOException what the reader or writer threw
   */
  public void executeBlocks(BlockReader reader, BlockWriter writer) throws AbbeException, IOException {
    if (reader == null || writer == null) {
      throw AbbeException.argument((reader == null ? "reader" : "writer") + " is null; blocks need both");
    }
    BlockWatcher watcher = new BlockWatcher(execution.progress(this), reader, writer);
    idle();
    execution.locked(() -> {
      int status = Native.planExecuteBlocks(watcher, handle());
      if (!(watcher.thrown() instanceof IOException)) {
        watcher.check(status);
      }
    });
    if (watcher.thrown() != null) {
      throw (IOException) watcher.thrown();
    }
  }

  /**
   * Gives a measured point spread function the samples of the one that the chosen step, a blind deconvolution, found in the
   * last image.
   *
   * @param psf of {@link Psf.Kind#MEASURED}; what it held is replaced
   * @return this
   * @throws AbbeException {@link Status#STATE} when the step found none, or {@code psf} is of another kind
   */
  public Plan estimated(Psf psf) throws AbbeException {
    AbbeException.check(Native.planEstimatedPsf(this, idle(), psf, psf.handle()));
    return this;
  }

  /** Asks the execute that runs to stop; returns at once, on any thread. Without one, or closed, nothing happens. */
  public void cancel() {
    try {
      Native.planCancel(this, handle());
    } catch (AbbeException closed) {
      // Nothing runs that could be stopped by this handle.
      return;
    }
  }

  /**
   * A fact; at once while the plan is committed, also while it executes.
   *
   * @param fact e.g. {@link Parameters#PLAN_WORKSPACE_BYTES}
   * @return the fact, in its unit
   * @throws AbbeException {@link Status#STATE} when the plan lacks what it follows from
   */
  public long get(Parameter.IntegerFact fact) throws AbbeException {
    return integer(fact.id());
  }

  /**
   * What the last execute really did.
   *
   * @return a JSON object fit to be stored beside the image: versions, steps, timings, iterations, flux, samples clipped
   * @throws AbbeException {@link Status#STATE} when the plan was not committed since the last change
   */
  public String report() throws AbbeException {
    byte[][] json = new byte[1][];
    AbbeException.check(Native.planReport(this, idle(), json));
    return Texts.inJava(new String(json[0], StandardCharsets.UTF_8));
  }

  @Override
  Plan self() {
    return this;
  }

  @Override
  int setInteger(int id, long value) throws AbbeException {
    return Native.planSetInteger(this, idle(), id, value);
  }

  @Override
  int setNumber(int id, double value) throws AbbeException {
    return Native.planSetNumber(this, idle(), id, value);
  }

  @Override
  int setText(int id, byte[] value) throws AbbeException {
    return Native.planSetText(this, idle(), id, value);
  }

  @Override
  int forget(int id) throws AbbeException {
    return Native.planUnset(this, idle(), id);
  }

  /** The handle, unless a progress listener of this plan asks for it: libabbe would wait for the listener forever. */
  private long idle() throws AbbeException {
    if (execution.isRunByThisThread()) {
      throw new AbbeException(Status.STATE,
          "the plan is executing; its progress listener may call cancel() and get() only");
    }
    return handle();
  }

  @Override
  long integer(int id) throws AbbeException {
    long[] value = new long[1];
    AbbeException.check(Native.planInteger(this, handle(), id, value));
    return value[0];
  }

  @Override
  double number(int id) throws AbbeException {
    double[] value = new double[1];
    AbbeException.check(Native.planNumber(this, handle(), id, value));
    return value[0];
  }
}
