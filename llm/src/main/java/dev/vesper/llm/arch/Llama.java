package dev.vesper.llm.arch;

import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.layer.Angles;
import dev.vesper.llm.layer.Attention;
import dev.vesper.llm.layer.Batch;
import dev.vesper.llm.layer.Embedding;
import dev.vesper.llm.layer.GatedMlp;
import dev.vesper.llm.layer.OutputHead;
import dev.vesper.llm.layer.RmsNorm;
import dev.vesper.llm.layer.RotaryEmbedding;
import dev.vesper.llm.layer.Weights;
import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Rotation;
import java.util.ArrayList;
import java.util.List;

/**
 * Llama, and Mistral and others that share its graph (Touvron et al. 2023): pre-norm blocks of rotary grouped-query
 * attention and SwiGLU; rotary pairs interleaved; output tied to the embedding where the file has none.
 */
public final class Llama implements Model {
    private final ModelShape shape;
    private final Angles angles;
    private final Embedding embedding;
    private final List<Block> blocks;
    private final RmsNorm norm;
    private final OutputHead output;

    private record Block(RmsNorm attentionNorm, Attention attention, RmsNorm mlpNorm, GatedMlp mlp) {
        Tensor apply(Ops ops, Tensor x, Rotation rotation, Batch batch) {
            Tensor h = ops.add(x, attention.apply(ops, attentionNorm.apply(ops, x), rotation, batch));
            return ops.add(h, mlp.apply(ops, mlpNorm.apply(ops, h)));
        }
    }

    private Llama(
            ModelShape shape, RotaryEmbedding rope, Embedding embedding, List<Block> blocks, RmsNorm norm,
            OutputHead output) {
        this.shape = shape;
        this.angles = new Angles(rope);
        this.embedding = embedding;
        this.blocks = blocks;
        this.norm = norm;
        this.output = output;
    }

    /** Binds the weights, as the metadata describes them. */
    static Llama of(Metadata metadata, Weights weights) {
        ModelShape shape = Shapes.read(metadata);
        Shapes.refuseExperts(metadata, shape.architecture());
        float epsilon = Shapes.epsilon(metadata, shape.architecture());
        int dim = shape.dim();
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            blocks.add(block(weights, "blk." + i + ".", i, shape, epsilon));
        }
        return new Llama(
                shape,
                Ropes.read(metadata, weights, shape),
                weights.embedding("token_embd", shape.vocabulary(), dim),
                List.copyOf(blocks),
                weights.rmsNorm("output_norm", dim, epsilon),
                weights.output(weights.has("output") ? "output" : "token_embd", dim, shape.vocabulary()));
    }

    private static Block block(Weights weights, String prefix, int layer, ModelShape shape, float epsilon) {
        int dim = shape.dim();
        int inner = shape.feedForward();
        AttentionShape heads = shape.attention();
        return new Block(
                weights.rmsNorm(prefix + "attn_norm", dim, epsilon),
                new Attention(
                        heads,
                        layer,
                        weights.linear(prefix + "attn_q", dim, heads.queryColumns()),
                        weights.linear(prefix + "attn_k", dim, heads.keyValueColumns()),
                        weights.linear(prefix + "attn_v", dim, heads.keyValueColumns()),
                        weights.linear(prefix + "attn_output", heads.queryColumns(), dim)),
                weights.rmsNorm(prefix + "ffn_norm", dim, epsilon),
                new GatedMlp(
                        weights.linear(prefix + "ffn_gate", dim, inner),
                        weights.linear(prefix + "ffn_up", dim, inner),
                        weights.linear(prefix + "ffn_down", inner, dim)));
    }

    @Override
    public ModelShape shape() {
        return shape;
    }

    @Override
    public Tensor hidden(Ops ops, Batch batch) {
        Rotation rotation = angles.rotation(ops, batch.positions());
        Tensor h = embedding.apply(ops, batch.tokens());
        h = ops.blocks(h, blocks, (block, x) -> block.apply(ops, x, rotation, batch));
        return norm.apply(ops, ops.rows(h, batch.wanted()));
    }

    @Override
    public Tensor logits(Ops ops, Tensor hidden) {
        return output.logits(ops, hidden);
    }

    @Override
    public double loss(Ops ops, Tensor hidden, int[] targets, float[] weights, double[] losses) {
        return output.loss(ops, hidden, targets, weights, losses);
    }
}
