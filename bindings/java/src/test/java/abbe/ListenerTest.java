package abbe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ListenerTest {
  private final float[] image = Samples.image(256 * 256);
  private final float[] result = new float[256 * 256];

  @Test
  void progressRisesOnTheCallingThread() throws Exception {
    List<Double> fractions = new ArrayList<>();
    Thread caller = Thread.currentThread();
    try (Context context = new Context(); Plan plan = Samples.plan(context, Dtype.F32, 4, 256, 256)) {
      plan.onProgress((told, fraction) -> {
        assertSame(plan, told);
        assertSame(caller, Thread.currentThread());
        fractions.add(fraction);
      });
      plan.execute(image, result);
      assertTrue(fractions.size() >= 4, fractions.toString());
      for (int index = 1; index < fractions.size(); index++) {
        assertTrue(fractions.get(index - 1) <= fractions.get(index), fractions.toString());
      }
      assertTrue(fractions.get(fractions.size() - 1) <= 1);
      int before = fractions.size();
      plan.onProgress(null).execute(image, result);
      assertEquals(before, fractions.size());
    }
  }

  @Test
  void whatAListenerThrowsComesBack() throws Exception {
    try (Context context = new Context(); Plan plan = Samples.longPlan(context)) {
      IllegalStateException thrown = new IllegalStateException("enough");
      plan.onProgress((told, fraction) -> {
        throw thrown;
      });
      assertSame(thrown, assertThrows(IllegalStateException.class, () -> plan.execute(image, result)));
      assertEquals(0, result[0]);
      StackOverflowError error = new StackOverflowError();
      plan.onProgress((told, fraction) -> {
        throw error;
      });
      assertSame(error, assertThrows(StackOverflowError.class, () -> plan.execute(image, result)));
    }
  }

  @Test
  void cancelFromTheListenerAndFromAnotherThread() throws Exception {
    try (Context context = new Context(); Plan plan = Samples.longPlan(context)) {
      plan.onProgress((told, fraction) -> told.cancel());
      Samples.failure(() -> plan.execute(image, result), Status.CANCELLED, "cancelled");

      CountDownLatch running = new CountDownLatch(1);
      plan.onProgress((told, fraction) -> running.countDown());
      Thread other = new Thread(() -> {
        try {
          running.await();
        } catch (InterruptedException cause) {
          throw new IllegalStateException(cause);
        }
        plan.cancel();
      });
      other.start();
      Samples.failure(() -> plan.execute(image, result), Status.CANCELLED, "cancelled");
      other.join();
    }
  }

  @Test
  void interruptedThreadsStopAndStayInterrupted() throws Exception {
    try (Context context = new Context(); Plan plan = Samples.longPlan(context)) {
      Thread.currentThread().interrupt();
      Samples.failure(() -> plan.execute(image, result), Status.CANCELLED, "interrupted");
      assertTrue(Thread.interrupted());

      plan.onProgress((told, fraction) -> Thread.currentThread().interrupt());
      Samples.failure(() -> plan.execute(image, result), Status.CANCELLED, "interrupted");
      assertTrue(Thread.interrupted());

      plan.onProgress(null);
      Thread busy = new Thread(() -> assertThrows(AbbeException.class, () -> plan.execute(image, result)));
      busy.start();
      Thread waiting = new Thread(() -> Samples.failure(() -> plan.execute(image, result), Status.CANCELLED, "interrupted"));
      AtomicReference<Throwable> wrong = new AtomicReference<>();
      waiting.setUncaughtExceptionHandler((thread, cause) -> wrong.set(cause));
      waiting.start();
      waiting.interrupt();
      waiting.join();
      busy.interrupt();
      busy.join();
      assertSame(null, wrong.get());
    }
  }

  @Test
  void aListenerMayReadThePlanOnly() throws Exception {
    try (Context context = new Context(); Plan plan = Samples.longPlan(context)) {
      plan.onProgress((told, fraction) -> {
        try {
          assertTrue(plan.get(Parameters.PLAN_PROGRESS) >= 0);
          Samples.failure(plan::commit, Status.STATE, "executing");
          Samples.failure(() -> plan.execute(image, result), Status.STATE, "executing");
          Samples.failure(plan::report, Status.STATE, "executing");
        } catch (AbbeException cause) {
          throw new IllegalStateException(cause);
        }
        plan.close();
        plan.close();
        throw new IllegalStateException("done");
      });
      assertThrows(IllegalStateException.class, () -> plan.execute(image, result));
      Samples.failure(plan::commit, Status.HANDLE, "closed");
    }
  }

  @Test
  void closingAPlanThatExecutesElsewhereIsSafe() throws Exception {
    try (Context context = new Context()) {
      Plan plan = Samples.plan(context, Dtype.F32, 50, 256, 256);
      CountDownLatch running = new CountDownLatch(1);
      plan.onProgress((told, fraction) -> running.countDown());
      AtomicReference<Throwable> wrong = new AtomicReference<>();
      Thread busy = new Thread(() -> {
        try {
          plan.execute(image, result);
        } catch (Throwable cause) {
          wrong.set(cause);
        }
      });
      busy.start();
      running.await();
      plan.close();
      busy.join();
      assertSame(null, wrong.get());
      assertTrue(result[0] > 0);
    }
  }

  @Test
  void whatALogListenerThrowsGoesToTheHandlerOfItsThread() throws Exception {
    Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
    List<Throwable> heard = new CopyOnWriteArrayList<>();
    try (Context context = new Context(); Plan plan = new Plan(context)) {
      IllegalStateException thrown = new IllegalStateException("no disk");
      Thread.currentThread().setUncaughtExceptionHandler((thread, cause) -> {
        heard.add(cause);
        throw new IllegalStateException("nor here");
      });
      context.log((level, text) -> {
        throw thrown;
      }, LogListener.Level.ERROR);
      Samples.failure(plan::commit, Status.STATE, "");
      assertEquals(java.util.Collections.singletonList(thrown), heard);
    } finally {
      Thread.currentThread().setUncaughtExceptionHandler(before);
    }
  }

  @Test
  void logLinesArrive() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    try (Context context = new Context()) {
      context.log((level, text) -> lines.add(level + " " + text), LogListener.Level.ERROR);
      try (Plan plan = new Plan(context)) {
        Samples.failure(plan::commit, Status.STATE, "");
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.get(0).startsWith("ERROR"), lines.toString());
        context.log(null, LogListener.Level.ERROR);
        Samples.failure(plan::commit, Status.STATE, "");
        assertEquals(1, lines.size(), lines.toString());
      }
    }
  }
}
