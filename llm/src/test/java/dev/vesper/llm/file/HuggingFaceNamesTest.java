package dev.vesper.llm.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.vesper.llm.file.LoraTensorName.Matrix;
import dev.vesper.tensor.Weight;
import java.nio.file.Path;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceNamesTest {

    @ParameterizedTest
    @CsvSource({
        "token_embd.weight, model.embed_tokens.weight",
        "output_norm.weight, model.norm.weight",
        "output.weight, lm_head.weight",
        "output, lm_head",
        "blk.0.attn_norm.weight, model.layers.0.input_layernorm.weight",
        "blk.3.attn_q, model.layers.3.self_attn.q_proj",
        "blk.3.attn_q.bias, model.layers.3.self_attn.q_proj.bias",
        "blk.3.attn_k, model.layers.3.self_attn.k_proj",
        "blk.3.attn_v, model.layers.3.self_attn.v_proj",
        "blk.12.attn_output, model.layers.12.self_attn.o_proj",
        "blk.12.attn_q_norm.weight, model.layers.12.self_attn.q_norm.weight",
        "blk.12.ffn_norm.weight, model.layers.12.post_attention_layernorm.weight",
        "blk.12.ffn_gate, model.layers.12.mlp.gate_proj",
        "blk.12.ffn_up, model.layers.12.mlp.up_proj",
        "blk.125.ffn_down.weight, model.layers.125.mlp.down_proj.weight"
    })
    void namesTranslateBothWays(String gguf, String huggingFace) {
        assertThat(HuggingFaceNames.toHuggingFace(gguf)).hasValue(huggingFace);
        assertThat(HuggingFaceNames.toGguf(huggingFace)).hasValue(gguf);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "blk.attn_q", "blk.x.attn_q", "blk.01.attn_q", "blk.-1.attn_q", "attn_q", "blk.0.token_embd",
                "blk.0.attn_qkv", "model.layers.0.model.norm", "model.layers.0.self_attn.qkv_proj", "self_attn.q_proj",
                "blk.0.attn_q.weight.weight", "blk.12345678901.attn_q"
            })
    void otherNamesAreNotGuessedAt(String name) {
        assertThat(HuggingFaceNames.toHuggingFace(name)).isEmpty();
        assertThat(HuggingFaceNames.toGguf(name)).isEmpty();
    }

    @Test
    void adaptersAreNamedAsPeftAndAsGgufNameThem() {
        LoraTensorName name = new LoraTensorName("blk.3.ffn_down.weight", Matrix.B);
        assertThat(name.gguf()).isEqualTo("blk.3.ffn_down.weight.lora_b");
        assertThat(name.peft()).hasValue("base_model.model.model.layers.3.mlp.down_proj.lora_B.weight");
        assertThat(LoraTensorName.ofGguf(name.gguf())).hasValue(name);
        assertThat(LoraTensorName.ofPeft(name.peft().orElseThrow())).hasValue(name);
        assertThat(LoraTensorName.ofPeft("base_model.model.lm_head.lora_A.weight"))
                .hasValue(new LoraTensorName("output.weight", Matrix.A));
        assertThat(LoraTensorName.ofPeft("base_model.model.model.layers.3.mlp.other.lora_A.weight")).isEmpty();
        assertThat(LoraTensorName.ofPeft("base_model.model.lm_head.weight.lora_A.weight")).isEmpty();
        assertThat(LoraTensorName.ofPeft("model.layers.3.mlp.down_proj.lora_A.weight")).isEmpty();
        assertThat(LoraTensorName.ofGguf("blk.3.ffn_down.weight")).isEmpty();
        assertThat(new LoraTensorName("blk.3.other.weight", Matrix.A).peft()).isEmpty();
    }

    @Test
    void pairsOfRowsComeTogetherAndGoApart() {
        float[] halves = {0, 1, 2, 3, 10, 11, 12, 13};
        float[] pairs = HuggingFaceNames.permuteRows(halves, 8, 1, 2, 4, true);
        assertThat(pairs).containsExactly(0, 2, 1, 3, 10, 12, 11, 13);
        assertThat(HuggingFaceNames.permuteRows(pairs, 8, 1, 2, 4, false)).containsExactly(halves);
        assertThatIllegalArgumentException().isThrownBy(() -> HuggingFaceNames.rowOrder(2, 3, true));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HuggingFaceNames.permuteRows(halves, 8, 1, 1, 4, true))
                .withMessageContaining("1 heads of 4 not its rows");
    }

    @Test
    void theSameModelInBothWorldsIsTheSame() {
        Path folder = Fixtures.root().resolve("architectures");
        try (Gguf gguf = Gguf.open(folder.resolve("gguf/llama-gqa.gguf"));
                Safetensors safetensors = Safetensors.open(folder.resolve("hf/llama-gqa/model.safetensors"))) {
            TreeSet<String> translated = new TreeSet<>();
            safetensors.tensors().keySet().forEach(name -> translated.add(HuggingFaceNames.toGguf(name).orElseThrow()));
            assertThat(translated).isEqualTo(new TreeSet<>(gguf.tensors().keySet()));
            for (String name : gguf.tensors().keySet()) {
                Weight expected = gguf.weight(name).orElseThrow();
                Weight found = safetensors.requiredWeight(
                        HuggingFaceNames.toHuggingFace(name).orElseThrow(), expected.rows(), expected.columns());
                assertThat(permuted(name, found)).containsExactly(floats(expected));
            }
        }
    }

    @Test
    void theSameAdapterInBothWorldsIsTheSame() {
        Path folder = Fixtures.root().resolve("architectures/lora/llama-gqa");
        try (Gguf gguf = Gguf.open(folder.resolve("adapter.gguf"));
                Safetensors safetensors = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
            assertThat(gguf.metadata().requiredString("general.type")).isEqualTo("adapter");
            assertThat(gguf.metadata().requiredString("adapter.type")).isEqualTo("lora");
            assertThat(gguf.metadata().requiredFloating("adapter.lora.alpha")).isEqualTo(8);
            assertThat(gguf.tensors()).isNotEmpty().hasSameSizeAs(safetensors.tensors());
            for (String peft : safetensors.tensors().keySet()) {
                LoraTensorName name = LoraTensorName.ofPeft(peft).orElseThrow();
                Weight found = safetensors.weight(peft).orElseThrow();
                Weight expected = gguf.requiredWeight(name.gguf(), found.rows(), found.columns());
                assertThat(permuted(name.matrix() == Matrix.B ? name.weight() : "", found))
                        .containsExactly(floats(expected));
            }
        }
    }

    /** Rows in GGUF's order, of a model of 6 heads and 2 key-value heads of size 8. */
    private static float[] permuted(String name, Weight weight) {
        int heads = name.endsWith("attn_q.weight") ? 6 : name.endsWith("attn_k.weight") ? 2 : 0;
        return heads == 0
                ? floats(weight)
                : HuggingFaceNames.permuteRows(floats(weight), weight.rows(), weight.columns(), heads, 8, true);
    }

    private static float[] floats(Weight weight) {
        return weight.data().toArray(ByteCursor.FLOAT);
    }
}
