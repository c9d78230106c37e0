/**
 * libabbe for Java: deconvolution, denoising and networks for microscope images.
 *
 * <p>The objects follow the C library: a {@link abbe.Context} holds threads, a {@link abbe.Psf} describes the optics, a
 * {@link abbe.Plan} is a chain of steps for images of one layout. Set it up, commit once, execute for each image:
 *
 * <pre>{@code
 * try (Context context = new Context();
 *      Psf psf = new Psf(context, Psf.Kind.WIDEFIELD);
 *      Plan plan = new Plan(context)) {
 *   psf.set(Parameters.PSF_NUMERICAL_APERTURE, 1.4).set(Parameters.PSF_WAVELENGTH_NM, 525)
 *      .set(Parameters.PSF_PIXEL_NM, 65);
 *   plan.input(Dtype.U16, "yx", 2048, 2048);
 *   plan.add(Step.DECONVOLVE).set(psf).set(Parameters.DECONVOLVE_ITERATIONS, 20);
 *   plan.commit();
 *   plan.execute(source, target); // direct buffers in the machine's byte order, used in place
 * }
 * }</pre>
 *
 * <p>Rules that hold for every method:
 * <ul>
 * <li>Shapes are in samples, slowest axis first ("zyx"); parameters have the unit that their name ends in.
 * <li>What fails throws {@link abbe.AbbeException} with libabbe's status and text; nothing else is changed then.
 * <li>Objects may be closed in any order and used from any thread. A closed object answers with an exception. Objects
 *     that are forgotten are closed once the garbage collector finds them, which may be late: close them.
 * <li>Direct buffers are used where they lie. Arrays are copied once into native memory and once out of it.
 * </ul>
 */
package abbe;
